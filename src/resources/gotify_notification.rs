//! `pbs_gotify_notification`: a Gotify server that receives notifications.

use crate::{
    object::{Field, Object},
    pbs::{
        kinds,
        notation::{EntityName, GotifyToken, HttpUrl},
    },
};

pub(crate) fn gotify_notification() -> Object {
    Object::new(
        "gotify_notification",
        &kinds::GOTIFY_ENDPOINT,
        "Manages a Gotify endpoint: a notification target that sends notifications to a \
         [Gotify](https://gotify.net) server. PBS sends a notification to the endpoint only if a \
         `pbs_notification_matcher` matches the notification and names the endpoint in its \
         `targets`.",
        [
            Field::text(
                "name",
                "name",
                "Name of the endpoint, 2 to 32 letters, digits, `_`, `.` and `-`. No other target \
                 or matcher can have the same name.",
            )
            .parses::<EntityName>()
            .key(),
            Field::text(
                "server",
                "server",
                "URL of the Gotify server, for example `https://gotify.example.com`.",
            )
            .parses::<HttpUrl>()
            .required(),
            Field::secret("token", "token", "Token of an application on the Gotify server.")
                .parses::<GotifyToken>()
                .required(),
            Field::enabled("Whether PBS sends notifications to the endpoint. Default: `true`."),
            Field::comment(),
        ],
    )
}
