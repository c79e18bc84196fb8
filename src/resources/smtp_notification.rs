//! `pbs_smtp_notification`: an SMTP server through which PBS sends notifications as e-mails.

use crate::{
    object::{Change, Field, Object},
    pbs::{
        kinds,
        notation::{EntityName, Host, Line, MailRecipient, MailSender, SmtpPassword},
    },
};
use serde::de::IgnoredAny;
use tf_plugin::{Diagnostic, Field as Planned, Result, View};

pub(crate) fn smtp_notification() -> Object {
    let [mailto, mailto_user, author] = mail_fields();
    Object::new(
        "smtp_notification",
        &kinds::SMTP_ENDPOINT,
        "Manages an SMTP endpoint: a notification target that sends e-mails through an SMTP \
         server. PBS sends a notification to the endpoint only if a `pbs_notification_matcher` \
         matches the notification and names the endpoint in its `targets`.",
        [
            Field::text(
                "name",
                "name",
                "Name of the endpoint, 2 to 32 letters, digits, `_`, `.` and `-`. No other target \
                 or matcher can have the same name.",
            )
            .parses::<EntityName>()
            .key(),
            Field::text("server", "server", "DNS name or IP address of the SMTP server.")
                .parses::<Host>()
                .required(),
            Field::integer(
                "port",
                "port",
                "Port of the SMTP server, 1 to 65535. If the argument is omitted, PBS uses 465 \
                 with the mode `tls`, 587 with `starttls`, and 25 with `insecure`.",
                1..=65535,
            ),
            Field::text(
                "mode",
                "mode",
                "How the connection is encrypted: `tls`, `starttls` or `insecure`. With \
                 `insecure`, the connection is not encrypted. Default: `tls`.",
            )
            .one_of(&["tls", "starttls", "insecure"])
            .cleared_by("tls"),
            Field::text(
                "username",
                "username",
                "User name for the SMTP server. If the argument is omitted, PBS sends without \
                 authentication.",
            )
            .note("If `username` is set, a password must be set, too.")
            .parses::<Line>(),
            Field::secret("password", "password", "Password for the SMTP server.")
                .parses::<SmtpPassword>(),
            Field::text("from_address", "from-address", "Address of the sender.")
                .parses::<MailSender>()
                .required(),
            mailto,
            mailto_user,
            author,
            Field::enabled("Whether PBS sends notifications to the endpoint. Default: `true`."),
            Field::comment(),
        ],
    )
    .check(check_recipients)
    .warn(warn)
}

/// The attributes for the recipients and for the name of the sender. SMTP endpoints and sendmail
/// endpoints have these attributes.
pub(super) fn mail_fields() -> [Field; 3] {
    [
        Field::set(
            "mailto",
            "mailto",
            "E-mail addresses of the recipients, each 2 to 64 characters. Default: none.",
        )
        .note("At least one of `mailto` and `mailto_user` must be set.")
        .parses::<MailRecipient>(),
        Field::set(
            "mailto_user",
            "mailto-user",
            "Ids of users who receive the e-mails, for example `root@pam`. PBS sends to the \
             address in the user's `email`. Default: none.",
        )
        .parses::<MailRecipient>(),
        Field::text(
            "author",
            "author",
            "Name of the sender in the e-mails. If the argument is omitted, PBS uses `Proxmox \
             Backup Server` and the name of the node.",
        )
        .parses::<Line>(),
    ]
}

/// Checks that there is a recipient.
pub(super) fn check_recipients(config: View<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    let is_empty = |value: Planned<Vec<IgnoredAny>>| {
        value.is_null() || value.known().is_some_and(|items| items.is_empty())
    };
    if is_empty(config.get("mailto")?) && is_empty(config.get("mailto_user")?) {
        diagnostics.push(
            Diagnostic::error(
                "There is no recipient",
                "Set at least one of `mailto` and `mailto_user`.",
            )
            .at("mailto"),
        );
    }
    Ok(())
}

/// Warns of a user name without a password, and of a password without a user name. An existing
/// endpoint can have a password that the state does not show, for example after an import. In this
/// case, the function does not warn of a missing password.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    // A plan does not contain `password_wo`. If `password_wo` is set, `password_wo_version` is also
    // set.
    let has_password =
        is_set(change.after("password")?) || !change.after::<i64>("password_wo_version")?.is_null();
    let had_password = is_set(change.before("password")?)
        || !change.before::<i64>("password_wo_version")?.is_null();
    let is_password_known = change.is_creation() || had_password;
    diagnostics.extend(match (is_set(change.after("username")?), has_password) {
        (true, false) if is_password_known => Some(Diagnostic::warning(
            "The password is missing",
            "PBS accepts a user name without a password, but then sends no e-mails. Set `password` \
             or `password_wo`, or remove `username`.",
        )),
        (false, true) => Some(Diagnostic::warning(
            "The user name is missing",
            "PBS uses a password only together with a user name. Set `username`, or remove the \
             password.",
        )),
        _ => None,
    });
    Ok(())
}

/// Whether a text is neither null nor empty. An unknown text counts as set.
fn is_set(text: Planned<String>) -> bool {
    text.is_unknown() || text.known().is_some_and(|text| !text.is_empty())
}
