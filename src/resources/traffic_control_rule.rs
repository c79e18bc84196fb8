//! `pbs_traffic_control_rule`: a limit for the bandwidth of backups and restores.

use crate::{
    object::{Field, Object},
    pbs::{
        UserId, kinds,
        notation::{Cidr, DailyDuration, TrafficRuleName},
    },
};

pub(crate) fn traffic_control_rule() -> Object {
    Object::new(
        "traffic_control_rule",
        &kinds::TRAFFIC_CONTROL_RULE,
        "Manages a traffic control rule, which limits the bandwidth of backups and restores of the \
         clients in certain networks.",
        [
            Field::text(
                "name",
                "name",
                "Name of the rule, 3 to 32 letters, digits, `_`, `.` and `-`.",
            )
            .parses::<TrafficRuleName>()
            .key(),
            Field::set(
                "networks",
                "network",
                "Networks of the clients in CIDR notation, for example `192.168.1.0/24`. \
                 `0.0.0.0/0` stands for all IPv4 addresses, and `::/0` for all IPv6 addresses.",
            )
            .note("At least one network is required.")
            .parses::<Cidr>()
            .required(),
            Field::bytes(
                "rate_in",
                "rate-in",
                "Largest amount of data that the clients can send per second, for example `10 \
                 MiB`. If the argument is omitted, the rate is not limited.",
            ),
            Field::bytes(
                "burst_in",
                "burst-in",
                "Amount of data that the clients can send in excess of `rate_in`, for example \
                 `20 MiB`. Default: none.",
            ),
            Field::bytes(
                "rate_out",
                "rate-out",
                "Largest amount of data that the clients can receive per second, for example `10 \
                 MiB`. If the argument is omitted, the rate is not limited.",
            ),
            Field::bytes(
                "burst_out",
                "burst-out",
                "Amount of data that the clients can receive in excess of `rate_out`, for example \
                 `20 MiB`. Default: none.",
            ),
            Field::set(
                "timeframes",
                "timeframe",
                "Times at which the rule applies, for example `mon..fri 8-17`. If the argument is \
                 omitted, the rule always applies.",
            )
            .parses::<DailyDuration>(),
            Field::set(
                "users",
                "users",
                "Users, as `user@realm`. The rule applies to the backups and restores of these \
                 users. If the argument is omitted, the rule applies to all users.",
            )
            .parses::<UserId>()
            .since("4.0.22"),
            Field::comment(),
        ],
    )
}
