//! The caller, as policies see it.

/// The caller's identity: Cedar's principal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Agent {
    id: String,
    issuer: String,
    subject: String,
    roles: Vec<String>,
    team: Option<String>,
}

impl Agent {
    /// An agent with its roles. `id` is what names it in audit records and limits, `issuer` and
    /// `subject` are from the credential that it showed.
    pub fn new(
        id: impl Into<String>,
        issuer: impl Into<String>,
        subject: impl Into<String>,
        roles: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let mut roles: Vec<String> = roles.into_iter().map(Into::into).collect();
        roles.sort();
        roles.dedup();
        Self { id: id.into(), issuer: issuer.into(), subject: subject.into(), roles, team: None }
    }

    /// The same agent, in a team.
    #[must_use]
    pub fn with_team(mut self, team: impl Into<String>) -> Self {
        self.team = Some(team.into());
        self
    }

    /// Any agent of the same roles and team: one for all that differ in nothing else.
    #[must_use]
    pub(super) fn like(&self) -> Self {
        Self {
            id: String::new(),
            issuer: String::new(),
            subject: String::new(),
            roles: self.roles.clone(),
            team: self.team.clone(),
        }
    }

    /// What names it in audit records and limits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who vouches for it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What the issuer calls it.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Its roles, sorted, each once.
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// Its team, where it has one.
    pub fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }
}
