//! Types for the notations that PBS uses in its configuration, for example schedules and sizes.
//!
//! Each type accepts the texts that PBS accepts, so that the provider reports a mistake before it
//! sends a request. But a type rejects two sorts of texts that PBS accepts: texts that PBS cannot
//! use, and texts that look as if they had another meaning. The comments on the types give the
//! reasons. Two values are equal if PBS reads them in the same way, even if their texts differ.
//! `Display` writes the text that the provider sends to PBS.
//!
//! In the comments, "recorded" means that a fact was recorded with PBS 4.2.3. "Read in the source"
//! means that a fact comes from the source of the libraries that PBS uses (`proxmox-rs`). PBS 4.2.3
//! may use other versions of these libraries, but no recorded value contradicts the source.

mod backing_device;
mod base64_text;
mod calendar_event;
mod cidr;
mod daily_duration;
mod directory_path;
mod group_filter;
mod host;
mod http_proxy;
mod http_url;
mod human_bytes;
mod line;
mod match_field;
mod named_value;
mod names;
mod node_texts;
mod property_string;
mod reader;
mod regex_syntax;
mod s3_texts;
mod secret_text;
mod severities;
mod weekdays;

pub use backing_device::BackingDevice;
pub use base64_text::{ConsentText, decode_base64, encode_base64};
pub use calendar_event::CalendarEvent;
pub use cidr::Cidr;
pub use daily_duration::DailyDuration;
pub use directory_path::DirectoryPath;
pub use group_filter::GroupFilter;
pub use host::{DnsAlias, DnsName, Host, HostPort};
pub use http_proxy::HttpProxy;
pub use http_url::{HttpUrl, InfluxUrl, WebhookUrl};
pub use human_bytes::HumanBytes;
pub use line::{
    InfluxName, KeyHint, Line, MailRecipient, MailSender, MaintenanceMessage, MediaTemplate,
};
pub use match_field::MatchField;
pub use named_value::{ElementName, decode_named_value, encode_named_value};
pub use names::{
    AcmeAccountName, AcmePluginId, ChangerName, EncryptionKeyId, EntityName, JobId, MediaPoolName,
    MetricServerName, RealmName, RemoteName, S3EndpointId, TapeDriveName, TrafficRuleName,
};
pub use node_texts::{Ciphers, Location, Notes};
pub use property_string::PropertyString;
pub use s3_texts::{S3AccessKey, S3Host, S3Region};
pub use secret_text::{GotifyToken, InfluxToken, RemotePassword, S3SecretKey, SmtpPassword};
pub use severities::Severities;

/// Defines the type `$name` for the texts that the function `$parse` accepts. The function returns
/// the text that the provider sends to PBS, and the meaning of the text (`$meaning`). Two values
/// with the same meaning are equal.
macro_rules! notation_type {
    ($(#[$doc:meta])* $name:ident, $meaning:ty, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            text: String,
            meaning: $meaning,
        }

        impl $name {
            /// The text that the provider sends to PBS.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.text
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::pbs::Malformed;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let (text, meaning) = $parse(text)?;
                Ok(Self { text, meaning })
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.meaning == other.meaning
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.text)
            }
        }

        $crate::pbs::id::text_type!($name);
    };
}

use notation_type;

#[cfg(test)]
mod tests;
