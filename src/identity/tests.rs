use super::*;

fn agents(anonymous: bool) -> Agents {
    let agent = |id: &str| Agent::new(id, "static", id, ["support"]);
    Agents::new(
        [(SecretString::from("token-a"), agent("a")), (SecretString::from("token-b"), agent("b"))],
        anonymous.then(|| agent("nobody")),
    )
}

#[test]
fn a_token_proves_one_agent_and_a_wrong_one_never_falls_back() {
    for (anonymous, headers, expected) in [
        (true, vec!["Bearer token-a"], Ok("a")),
        (true, vec!["bearer token-b"], Ok("b")),
        (true, vec![], Ok("nobody")),
        (false, vec![], Err(IdentityError::Missing)),
        (true, vec!["Bearer token-c"], Err(IdentityError::Unknown)),
        (true, vec!["Bearer token-a "], Err(IdentityError::Malformed)),
        (true, vec!["Bearer "], Err(IdentityError::Malformed)),
        (true, vec![""], Err(IdentityError::Malformed)),
        (true, vec!["Basic dG9rZW4="], Err(IdentityError::Malformed)),
        (true, vec!["Bearer token-a", "Bearer token-a"], Err(IdentityError::Malformed)),
    ] {
        let found = agents(anonymous).identify(headers.iter().map(|value| value.as_bytes()));
        let found = found.as_ref().map(|agent| agent.id()).map_err(|error| *error);
        assert_eq!(found, expected, "{headers:?}");
    }
}

#[test]
fn nothing_of_a_token_is_shown() {
    assert!(!format!("{:?}", agents(true)).contains("token"));
}
