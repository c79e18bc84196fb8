//! Texts that consist of one line.

use crate::pbs::{
    Malformed,
    id::{check_length, name_type},
    text::one_line,
};

name_type! {
    /// A text that consists of one line without control characters. For many properties, there is
    /// no other rule.
    ///
    /// PBS accepts control characters in some of these properties, but cannot write such a value to
    /// its configuration file (recorded). PBS removes white space at the beginning and the end of a
    /// text (recorded), so this type rejects such white space. An empty text has the same meaning
    /// as no text.
    Line, |text: &str| one_line("one line without control characters", text)
}

/// Defines a type `$name` for texts that consist of one line with `$least` to `$most` characters.
macro_rules! lines {
    ($($(#[$doc:meta])* $name:ident, $least:literal to $most:literal;)*) => {$(
        name_type! {
            $(#[$doc])*
            $name,
            |text: &str| {
                const FORM: &str = concat!("one line of ", $least, " to ", $most, " characters");
                one_line(FORM, text)?;
                check_length(FORM, text, $least, $most)
            }
        }
    )*};
}

lines! {
    /// An e-mail address, or the id of a user who receives e-mails. PBS does not check whether the
    /// text is an e-mail address or the id of a user (recorded).
    MailRecipient, 2 to 64;
    /// The name of a bucket or an organization in InfluxDB.
    InfluxName, 1 to 32;
    /// The template for the names of the media sets of a media pool.
    MediaTemplate, 2 to 64;
    /// The hint that helps to remember the password of a tape encryption key.
    KeyHint, 1 to 64;
}

name_type! {
    /// The address of the sender of e-mails. PBS does not check whether the text is an address
    /// (recorded).
    MailSender, |text: &str| {
        const FORM: &str = "one line with the address of the sender";
        one_line(FORM, text)?;
        if text.is_empty() { Err(Malformed::empty(FORM)) } else { Ok(()) }
    }
}

name_type! {
    /// The message of a maintenance mode, at most 64 characters.
    ///
    /// If the message contains a comma, PBS writes the message to its configuration file without
    /// quotation marks, and can then no longer read the file (recorded). This type therefore
    /// rejects commas.
    MaintenanceMessage, check_maintenance_message
}

fn check_maintenance_message(text: &str) -> Result<(), Malformed> {
    const FORM: &str = "one line of at most 64 characters without commas";
    one_line(FORM, text)?;
    if let Some(place) = text.chars().position(|c| c == ',') {
        return Err(Malformed::character(FORM, place + 1));
    }
    check_length(FORM, text, 0, 64)
}
