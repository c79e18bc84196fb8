//! A provider with a resource, a data source, an ephemeral resource, a function and an action. The
//! attribute `behave` of a type decides in which step a call fails, panics, warns or waits.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use tf_plugin::{
    Action, Arguments, Attribute, Configured, Cx, DataSource, Diagnostic, Ephemeral, Field,
    Function, FunctionError, Offers, Opened, Parameter, Progress, Provider, Result, Runtime,
    Schema, Signature, Type, View,
};

use crate::{
    test_backend::{Backend, behave, behave_now},
    test_resource::Thing,
};

/// The test provider.
pub(crate) struct Testing(pub(crate) Arc<Backend>);

impl Provider for Testing {
    type Client = Backend;
    const PREFIX: &'static str = "test";

    fn schema(&self) -> Schema {
        Schema::new(
            "Testing.",
            [
                Attribute::string("address", "Address."),
                Attribute::string("token", "Token.").sensitive(),
                Attribute::string("behave", "What to do in which call, for example `read:fail`."),
            ],
        )
    }

    fn offers(&self) -> Offers<Backend> {
        Offers::new()
            .resource::<Thing>()
            .data_source::<Look>()
            .ephemeral::<Door>()
            .function::<Join>()
            .action::<Run>()
    }

    fn validate(&self, config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        behave_now(config.get::<String>("behave")?.known().as_deref(), "validate")
    }

    fn configure(
        &self,
        config: View<'_>,
        _: &Runtime,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Configured<Backend>> {
        behave_now(config.get::<String>("behave")?.known().as_deref(), "configure")?;
        warnings.push(Diagnostic::warning("Configured", "For testing only."));
        Ok(match config.get::<String>("address")? {
            Field::Known(_) => Configured::Ready(self.0.clone()),
            Field::Null | Field::Unknown => Configured::Unknown(Diagnostic::error(
                "No address",
                "The argument `address` is missing or not known yet.",
            )),
        })
    }
}

/// The data source `test_look`, which returns its query.
struct Look;

/// The configuration and the result of `test_look`.
#[derive(Deserialize, Serialize)]
struct Looked {
    query: String,
    behave: Option<String>,
    answer: Option<String>,
    stopping: Option<bool>,
}

impl DataSource<Backend> for Look {
    const NAME: &'static str = "look";
    type State = Looked;

    fn schema() -> Schema {
        Schema::new(
            "Looks.",
            [
                Attribute::string("query", "Query.").required(),
                Attribute::string("behave", "What to do in which call, for example `read:fail`."),
                Attribute::string("answer", "The query.").computed(),
                Attribute::boolean("stopping", "Whether the provider was asked to stop.")
                    .computed(),
            ],
        )
    }

    async fn read(cx: &Cx<Backend>, config: Looked) -> Result<Looked> {
        cx.client()?;
        behave(cx, config.behave.as_deref(), "read").await?;
        let (answer, stopping) = (Some(config.query.clone()), Some(cx.stopping()));
        Ok(Looked { answer, stopping, ..config })
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        behave_now(config.get::<String>("behave")?.known().as_deref(), "validate")
    }
}

/// The ephemeral resource `test_door`. Closing this resource records the event
/// `closed NAME after RENEWALS`.
struct Door;

/// The configuration and the result of `test_door`.
#[derive(Deserialize, Serialize)]
struct Entry {
    name: String,
    behave: Option<String>,
    token: Option<String>,
}

/// The private data of `test_door`.
#[derive(Deserialize, Serialize)]
struct Key {
    name: String,
    behave: Option<String>,
    renewed: u32,
}

impl Ephemeral<Backend> for Door {
    const NAME: &'static str = "door";
    type State = Entry;
    type Private = Key;

    fn schema() -> Schema {
        Schema::new(
            "A door.",
            [
                Attribute::string("name", "Name.").required(),
                Attribute::string("behave", "What to do in which call, for example `read:fail`."),
                Attribute::string("token", "Token.").computed().sensitive(),
            ],
        )
    }

    async fn open(cx: &Cx<Backend>, config: Entry) -> Result<Opened<Entry, Key>> {
        let backend = cx.client()?;
        behave(cx, config.behave.as_deref(), "open").await?;
        backend.record(format!("opened {}", config.name));
        let Entry { name, behave, .. } = config;
        let private = Key { name: name.clone(), behave: behave.clone(), renewed: 0 };
        let token = Some(format!("token of {name}"));
        let renew_at = Some(UNIX_EPOCH + Duration::from_millis(1500));
        Ok(Opened { result: Entry { name, behave, token }, private, renew_at })
    }

    async fn renew(cx: &Cx<Backend>, private: Key) -> Result<(Key, Option<std::time::SystemTime>)> {
        behave(cx, private.behave.as_deref(), "renew").await?;
        cx.client()?.record(format!("renewed {}", private.name));
        Ok((Key { renewed: private.renewed + 1, ..private }, None))
    }

    async fn close(cx: &Cx<Backend>, private: Key) -> Result<()> {
        behave(cx, private.behave.as_deref(), "close").await?;
        cx.client()?.record(format!("closed {} after {}", private.name, private.renewed));
        Ok(())
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        behave_now(config.get::<String>("behave")?.known().as_deref(), "validate")
    }
}

/// The function `join`, which joins texts with a separator.
struct Join;

impl Function for Join {
    const NAME: &'static str = "join";
    type Output = String;

    fn signature() -> Signature {
        let parameter =
            |name| Parameter { name, ty: Type::String, nullable: false, doc: "A text." };
        Signature {
            summary: "Joins.",
            doc: "Joins.",
            parameters: vec![parameter("separator")],
            variadic: Some(parameter("parts")),
            returns: Type::String,
        }
    }

    fn call(arguments: &Arguments) -> Result<String, FunctionError> {
        let separator: String = arguments.get(0)?;
        assert_ne!(separator, "panic", "marker5ecret");
        let parts: Result<Vec<String>, _> = (1..arguments.count())
            .map(|index| match arguments.get::<String>(index)? {
                part if part == "bad" => {
                    Err(FunctionError { text: "A bad part.".into(), argument: Some(index) })
                }
                part => Ok(part),
            })
            .collect();
        Ok(parts?.join(&separator))
    }
}

/// The action `test_run`, which reports its steps as progress.
struct Run;

/// The configuration of `test_run`.
#[derive(Deserialize)]
struct Running {
    behave: Option<String>,
    steps: u32,
}

impl Action<Backend> for Run {
    const NAME: &'static str = "run";
    type Config = Running;

    fn schema() -> Schema {
        Schema::new(
            "Runs.",
            [
                Attribute::string("behave", "What to do in which call, for example `read:fail`."),
                Attribute::number("steps", "Number of steps.").required().integer(0..=100),
            ],
        )
    }

    async fn invoke(cx: &Cx<Backend>, config: Running, progress: &Progress) -> Result<()> {
        let backend = cx.client()?;
        for step in 1..=config.steps {
            progress.say(format!("step {step}"));
        }
        behave(cx, config.behave.as_deref(), "invoke").await?;
        backend.record("action done");
        Ok(())
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        behave_now(config.get::<String>("behave")?.known().as_deref(), "validate")
    }
}
