//! Parses bytes as every type that has a text form. If a value is written as text and parsed again,
//! the result must be the same value.
#![no_main]

use std::{fmt::Display, str::FromStr};

use terraform_provider_pbs::pbs::{
    AclPath, ApiToken, AuthId, CaCertificates, Comment, DatastoreName, Endpoint, Fingerprint,
    Moment, Namespace, PersonText, Repository, RoleId, TokenId, TokenName, UserId,
    notation::{
        AcmeAccountName, AcmePluginId, BackingDevice, CalendarEvent, Cidr, ConsentText,
        DailyDuration, DirectoryPath, DnsAlias, DnsName, EntityName, GroupFilter, Host, HostPort,
        HttpProxy, HumanBytes, InfluxName, JobId, Line, MaintenanceMessage, MatchField,
        PropertyString, Severities, decode_base64,
    },
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = CaCertificates::from_pem(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = (text.parse::<Comment>(), text.parse::<PersonText>());
    let _ = (text.parse::<Endpoint>(), text.parse::<ApiToken>());
    let _ = decode_base64(text);
    round_trips::<UserId>(text);
    round_trips::<TokenName>(text);
    round_trips::<TokenId>(text);
    round_trips::<AuthId>(text);
    round_trips::<RoleId>(text);
    round_trips::<AclPath>(text);
    round_trips::<DatastoreName>(text);
    round_trips::<Namespace>(text);
    round_trips::<Moment>(text);
    round_trips::<Fingerprint>(text);
    round_trips::<Repository>(text);
    round_trips::<AcmeAccountName>(text);
    round_trips::<AcmePluginId>(text);
    round_trips::<BackingDevice>(text);
    round_trips::<CalendarEvent>(text);
    round_trips::<Cidr>(text);
    round_trips::<ConsentText>(text);
    round_trips::<DailyDuration>(text);
    round_trips::<DirectoryPath>(text);
    round_trips::<DnsAlias>(text);
    round_trips::<DnsName>(text);
    round_trips::<EntityName>(text);
    round_trips::<GroupFilter>(text);
    round_trips::<Host>(text);
    round_trips::<HostPort>(text);
    round_trips::<HttpProxy>(text);
    round_trips::<HumanBytes>(text);
    round_trips::<InfluxName>(text);
    round_trips::<JobId>(text);
    round_trips::<Line>(text);
    round_trips::<MaintenanceMessage>(text);
    round_trips::<MatchField>(text);
    round_trips::<PropertyString>(text);
    round_trips::<Severities>(text);
});

/// Panics if the text can be parsed, but the text form of its value cannot be parsed as the same
/// value.
fn round_trips<T: FromStr<Err: Display> + Display>(text: &str) {
    let Ok(value) = text.parse::<T>() else { return };
    let text = value.to_string();
    let reparsed = text.parse::<T>().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(reparsed.to_string(), text);
}
