//! `pbs_sendmail_notification`: e-mails by the mail server of the node.

use super::smtp_notification::{check_recipients, mail_fields};
use crate::{
    object::{Change, Field, Object},
    pbs::{
        kinds,
        notation::{EntityName, MailSender},
    },
};
use tf_plugin::{Diagnostic, Result};

pub(crate) fn sendmail_notification() -> Object {
    let [mailto, mailto_user, author] = mail_fields();
    Object::new(
        "sendmail_notification",
        &kinds::SENDMAIL_ENDPOINT,
        "Manages a sendmail endpoint: a notification target that sends e-mails with the mail \
         server of the node. PBS sends a notification to the endpoint only if a \
         `pbs_notification_matcher` matches the notification and names the endpoint in its \
         `targets`.\n\n\
         Every server has the endpoint `mail-to-root`. To manage this endpoint, import it. PBS \
         never deletes this endpoint: when the resource is destroyed, PBS resets the endpoint to \
         its original settings.",
        [
            Field::text(
                "name",
                "name",
                "Name of the endpoint, 2 to 32 letters, digits, `_`, `.` and `-`. No other target \
                 or matcher can have the same name.",
            )
            .parses::<EntityName>()
            .key(),
            mailto,
            mailto_user,
            Field::text(
                "from_address",
                "from-address",
                "Address of the sender. If the argument is omitted, PBS uses `email_from` of the \
                 node configuration.",
            )
            .parses::<MailSender>(),
            author,
            Field::enabled("Whether PBS sends notifications to the endpoint. Default: `true`."),
            Field::comment(),
        ],
    )
    .check(check_recipients)
    .warn(warn)
}

/// Warns if the plan deletes the endpoint `mail-to-root`, because PBS does not delete this
/// endpoint, but resets it.
fn warn(change: &Change<'_>, diagnostics: &mut Vec<Diagnostic>) -> Result<()> {
    if change.deletes("name", "mail-to-root")? {
        diagnostics.push(Diagnostic::warning(
            "The endpoint mail-to-root is reset",
            "PBS never deletes this endpoint. PBS resets the endpoint to its original settings, so \
             the endpoint sends e-mails to the address of `root@pam`.",
        ));
    }
    Ok(())
}
