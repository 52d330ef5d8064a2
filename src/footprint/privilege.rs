//! Records that are more than data: writing them changes what people may do, or what the org runs.
//!
//! Such a write needs an action of its own besides `create`, `update` or `delete`, so that a permit
//! on group `write` doesn't include it.

use super::Action;
use crate::salesforce::{FieldName, ObjectName};

/// Objects whose records say what people may do or see (Object Reference).
const ACCESS: [&str; 60] = [
    "AccountTeamMember",
    "AuthConfig",
    "AuthConfigProviders",
    "AuthProvider",
    "AuthSession",
    "CaseTeamMember",
    "CaseTeamTemplateMember",
    "CaseTeamTemplateRecord",
    "CollaborationGroupMember",
    "ConnectedApplication",
    "ContentDistribution",
    "ContentDocumentLink",
    "ContentWorkspaceMember",
    "ContentWorkspacePermission",
    "CustomPermission",
    "DelegatedAccount",
    "ExternalClientApplication",
    "ExternalCredential",
    "ExternalDataSource",
    "ExternalDataUserAuth",
    "FieldPermissions",
    "Group",
    "GroupMember",
    "LoginIp",
    "MutingPermissionSet",
    "NamedCredential",
    "NetworkMember",
    "NetworkMemberGroup",
    "OauthCustomScope",
    "OauthToken",
    "ObjectPermissions",
    "ObjectTerritory2Association",
    "OpportunityTeamMember",
    "PermissionSet",
    "PermissionSetAssignment",
    "PermissionSetGroup",
    "PermissionSetGroupComponent",
    "PermissionSetLicense",
    "PermissionSetLicenseAssign",
    "PermissionSetTabSetting",
    "Profile",
    "QueueSobject",
    "SamlSsoConfig",
    "SessionPermSetActivation",
    "SetupEntityAccess",
    "TenantSecret",
    "Territory2",
    "TerritoryUserAssignment",
    "ThirdPartyAccountLink",
    "TwoFactorInfo",
    "TwoFactorMethodsInfo",
    "UserAccountTeamMember",
    "UserExternalCredential",
    "UserLogin",
    "UserPackageLicense",
    "UserProvAccount",
    "UserProvisioningRequest",
    "UserRole",
    "UserTeamMember",
    "UserTerritory2Association",
];

/// How the names of objects end whose records share others: `AccountShare`,
/// `AccountRelationshipShareRule`.
const SHARES: [&str; 2] = ["share", "sharerule"];

/// Objects whose records the org runs or loads (Object Reference, Tooling API).
const CODE: [&str; 26] = [
    "ApexClass",
    "ApexComponent",
    "ApexPage",
    "ApexTestQueueItem",
    "ApexTrigger",
    "AsyncApexJob",
    "AuraDefinition",
    "AuraDefinitionBundle",
    "BatchApexErrorEvent",
    "CronTrigger",
    "EmailServicesAddress",
    "EmailServicesFunction",
    "Flow",
    "FlowDefinition",
    "FlowInterview",
    "FlowRecord",
    "LightningComponentBundle",
    "LightningComponentResource",
    "Macro",
    "MacroInstruction",
    "PlatformEventSubscriberConfig",
    "ProcessDefinition",
    "QuickActionDefinition",
    "Scontrol",
    "StaticResource",
    "WebLink",
];

/// Fields of `User` that say what a user may do or how one gets in: a password is reset by mail, and
/// a code is sent to a telephone.
const OF_USER: [&str; 15] = [
    "AccountId",
    "ContactId",
    "DelegatedApproverId",
    "Email",
    "FederationIdentifier",
    "IsActive",
    "IsPortalEnabled",
    "IsPortalSelfRegistered",
    "ManagerId",
    "MobilePhone",
    "PortalRole",
    "ProfileId",
    "UserRoleId",
    "UserType",
    "Username",
];

/// The action that every write of the object's records needs besides.
pub(super) fn of_object(object: &ObjectName) -> Option<Action> {
    let is = |list: &[&str]| list.iter().any(|name| object.as_str().eq_ignore_ascii_case(name));
    let lower = object.as_str().to_ascii_lowercase();
    if is(&ACCESS) || SHARES.iter().any(|end| lower.ends_with(end)) {
        Some(Action::ChangeAccess)
    } else if is(&CODE) {
        Some(Action::ChangeCode)
    } else {
        None
    }
}

/// The action that writing the field needs besides.
pub(super) fn of_field(object: &ObjectName, field: &FieldName) -> Option<Action> {
    let of_user = object.as_str().eq_ignore_ascii_case("User")
        && (OF_USER.iter().any(|name| field.as_str().eq_ignore_ascii_case(name))
            || field.as_str().to_ascii_lowercase().starts_with("userpermissions"));
    of_user.then_some(Action::ChangeAccess)
}
