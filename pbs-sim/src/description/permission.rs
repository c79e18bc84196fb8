//! Permissions of API calls: which callers are allowed to make a call.

use serde::Deserialize;

use super::{PathParams, placeholder_name};

/// A condition on the caller.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Permission {
    /// `all`: every authenticated user and token. `world`: everyone, even without credentials.
    User { user: String },
    /// A caller with one or all of the privileges at an ACL path.
    Check { check: PrivilegeCheck },
    /// A caller that meets at least one of the conditions.
    Or { or: Vec<Permission> },
    /// A caller that meets all conditions.
    And { and: Vec<Permission> },
    /// The user whose id is the value of this parameter, but not the tokens of this user.
    UserParam {
        #[serde(rename = "userParam")]
        user_param: String,
    },
}

/// Privileges at an ACL path.
#[derive(Clone, Deserialize)]
pub(super) struct PrivilegeCheck {
    /// Segments of the ACL path. A segment `{name}` stands for a parameter in the call's path.
    path: Vec<String>,
    privs: Vec<String>,
    /// Whether one of the privileges is sufficient. If not, the caller needs all privileges.
    partial: bool,
}

impl Permission {
    pub(super) fn is_public(&self) -> bool {
        matches!(self, Self::User { user } if user == "world")
    }

    /// See [`ApiCall::allows`](super::ApiCall::allows).
    pub(super) fn allows(
        &self,
        caller: &str,
        path_params: &PathParams,
        has_privilege: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        let allows = |inner: &Self| inner.allows(caller, path_params, has_privilege);
        match self {
            Self::User { .. } => true,
            Self::Or { or } => or.iter().any(allows),
            Self::And { and } => and.iter().all(allows),
            Self::UserParam { user_param } => value_of(user_param, path_params) == Some(caller),
            Self::Check { check } => {
                let path = check.acl_path(path_params);
                let mut privileges = check.privs.iter();
                match check.partial {
                    true => privileges.any(|privilege| has_privilege(privilege, &path)),
                    false => privileges.all(|privilege| has_privilege(privilege, &path)),
                }
            }
        }
    }
}

impl PrivilegeCheck {
    fn acl_path(&self, path_params: &PathParams) -> String {
        let segments = self.path.iter().map(|segment| {
            let name = placeholder_name(segment);
            name.and_then(|name| value_of(name, path_params)).unwrap_or(segment)
        });
        segments.fold("/".to_string(), |path, segment| {
            format!("{}/{segment}", path.trim_end_matches('/'))
        })
    }
}

/// The value of the parameter `name` in the path.
fn value_of<'a>(name: &str, path_params: &'a PathParams) -> Option<&'a str> {
    path_params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_combined_and_placeholders_are_replaced() {
        let check = |partial, privs: &[&str]| {
            let privs = privs.iter().map(|name| name.to_string()).collect();
            let path = vec!["datastore".into(), "{store}".into()];
            Permission::Check { check: PrivilegeCheck { path, privs, partial } }
        };
        let params = vec![("store".to_string(), "tank".to_string())];
        let has_audit =
            |privilege: &str, path: &str| (privilege, path) == ("Audit", "/datastore/tank");
        let allows = |permission: &Permission| permission.allows("u@pbs", &params, &has_audit);
        assert!(allows(&check(true, &["Backup", "Audit"])));
        assert!(!allows(&check(false, &["Backup", "Audit"])));
        let user_param = Permission::UserParam { user_param: "store".into() };
        assert!(user_param.allows("tank", &params, &|_, _| false));
        assert!(!allows(&user_param));
        let conditions = vec![check(false, &["Audit"]), user_param.clone()];
        assert!(allows(&Permission::Or { or: conditions.clone() }));
        assert!(!allows(&Permission::And { and: conditions }));
    }
}
