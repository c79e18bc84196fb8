//! Parses bytes as each type of the provider that has a text form. If this succeeds for a type, the
//! value is written as text and parsed again. The result must be the same value.
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
    check_round_trip::<UserId>(text);
    check_round_trip::<TokenName>(text);
    check_round_trip::<TokenId>(text);
    check_round_trip::<AuthId>(text);
    check_round_trip::<RoleId>(text);
    check_round_trip::<AclPath>(text);
    check_round_trip::<DatastoreName>(text);
    check_round_trip::<Namespace>(text);
    check_round_trip::<Moment>(text);
    check_round_trip::<Fingerprint>(text);
    check_round_trip::<Repository>(text);
    check_round_trip::<AcmeAccountName>(text);
    check_round_trip::<AcmePluginId>(text);
    check_round_trip::<BackingDevice>(text);
    check_round_trip::<CalendarEvent>(text);
    check_round_trip::<Cidr>(text);
    check_round_trip::<ConsentText>(text);
    check_round_trip::<DailyDuration>(text);
    check_round_trip::<DirectoryPath>(text);
    check_round_trip::<DnsAlias>(text);
    check_round_trip::<DnsName>(text);
    check_round_trip::<EntityName>(text);
    check_round_trip::<GroupFilter>(text);
    check_round_trip::<Host>(text);
    check_round_trip::<HostPort>(text);
    check_round_trip::<HttpProxy>(text);
    check_round_trip::<HumanBytes>(text);
    check_round_trip::<InfluxName>(text);
    check_round_trip::<JobId>(text);
    check_round_trip::<Line>(text);
    check_round_trip::<MaintenanceMessage>(text);
    check_round_trip::<MatchField>(text);
    check_round_trip::<PropertyString>(text);
    check_round_trip::<Severities>(text);
});

/// Parses `text` as a `T`. If this succeeds, writes the value as text and parses it again. Panics
/// if the result is an error or another value.
fn check_round_trip<T: FromStr<Err: Display> + Display>(text: &str) {
    let Ok(value) = text.parse::<T>() else { return };
    let text = value.to_string();
    let reparsed = text.parse::<T>().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(reparsed.to_string(), text);
}
