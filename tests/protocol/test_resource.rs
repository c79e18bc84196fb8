//! A resource that uses every property that a resource can have.

use std::{collections::BTreeMap, convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use tf_plugin::{
    Attribute, Companions, Cx, Diagnostic, Items, Json, List, Migrate, Nesting, Plan, Resource,
    Result, Schema, Type, View,
};

use crate::test_backend::{Backend, behave, behave_now};

/// The resource `test_thing`. In addition to the steps of [`behave`], the attribute `behave` can
/// contain `unique:` and `left:`. With `unique:`, the creation of an existing object fails. With
/// `left:`, a creation or update stores a tainted checkpoint. With `created:` or `updated:`, the
/// checkpoint is not tainted.
pub(crate) struct Thing;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) behave: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) big: Option<u64>,
    pub(crate) ratio: Option<f64>,
    pub(crate) size: Option<i64>,
    pub(crate) tags: Option<BTreeMap<String, String>>,
    pub(crate) password: Option<String>,
    pub(crate) password_version: Option<i64>,
    pub(crate) limits: Option<Limits>,
    pub(crate) steps: Option<Vec<Step>>,
    pub(crate) grants: Option<Vec<Grant>>,
    pub(crate) links: Option<BTreeMap<String, Link>>,
    pub(crate) id: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) stamp: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Limits {
    soft: i64,
    hard: Option<i64>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Step {
    run: String,
    token: Option<String>,
    number: Option<i64>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Grant {
    path: String,
    role: String,
    id: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Link {
    url: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Id {
    name: String,
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.is_empty() {
            true => Err("an id has at least one character".into()),
            false => Ok(Self { name: text.into() }),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A number as text without its leading zeros: `07` equals `7`.
#[derive(PartialEq)]
struct Digits(String);

impl FromStr for Digits {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim_start_matches('0').into()))
    }
}

impl Resource<Backend> for Thing {
    const NAME: &'static str = "thing";
    type Id = Id;
    type State = State;

    fn schema() -> Schema {
        let steps = [
            Attribute::string("run", "R.").required(),
            Attribute::string("token", "T.").write_only(),
            Attribute::number("number", "N.").computed(),
        ];
        let grants = [
            Attribute::string("path", "P.").required(),
            Attribute::string("role", "R.").default("reader"),
            Attribute::string("id", "I.").computed().stable(),
        ];
        let limits =
            [Attribute::number("soft", "S.").default(1_i64), Attribute::number("hard", "H.")];
        Schema::new(
            "A thing.",
            [
                Attribute::string("name", "Its name.").required().replaces().identity(),
                Attribute::string("behave", "What to do in which step."),
                Attribute::string("note", "A note.").compared_as::<Digits>().blank_is_none(),
                Attribute::number("big", "Up to 64 bits."),
                Attribute::number("ratio", "Any."),
                Attribute::number("size", "Its size.").optional_computed().integer(0..=1000),
                Attribute::plain(Type::map(Type::String), "tags", "Tags."),
                Attribute::string("password", "Its password.").sensitive().write_only(),
                Attribute::number("password_version", "Counts passwords."),
                Attribute::nested(Nesting::Single, "limits", "Limits.", limits),
                Attribute::nested(Nesting::List, "steps", "Steps.", steps),
                Attribute::nested(Nesting::Set, "grants", "Grants.", grants),
                Attribute::nested(
                    Nesting::Map,
                    "links",
                    "Links.",
                    [Attribute::string("url", "U.").replaces()],
                ),
                Attribute::string("id", "Its id.").computed().stable(),
                Attribute::string("secret", "Its secret.").computed().stable().sensitive(),
                Attribute::string("stamp", "When it was changed.").computed(),
            ],
        )
        .version(2)
    }

    fn validate(config: View<'_>, _: &mut Vec<Diagnostic>) -> Result<()> {
        behave_now(config.get::<String>("behave")?.known().as_deref(), "validate")?;
        match config.get::<String>("name")?.known().as_deref() {
            Some("bad") => Err(Diagnostic::error("Bad name", "Choose another.").at("name")),
            _ => Ok(()),
        }
    }

    fn companions(companions: Companions<'_, Backend, Self>) {
        companions.list().migration();
    }

    async fn plan(cx: &Cx<Backend>, plan: &mut Plan<'_, State>) -> Result<()> {
        if plan.is_destroy() {
            let before = plan.prior.as_ref().and_then(|prior| prior.behave.clone());
            return behave(cx, before.as_deref(), "destroy").await;
        }
        behave(cx, plan.get::<String>("behave")?.known().as_deref(), "plan").await?;
        if plan.changed("password_version")? {
            plan.set_unknown("secret")?;
        }
        Ok(())
    }

    async fn create(cx: &Cx<Backend>, plan: State) -> Result<State> {
        let (backend, behaviour) = (cx.client()?, plan.behave.clone());
        backend.record(format!("create {}, password {:?}", plan.name, plan.password));
        behave(cx, behaviour.as_deref(), "create").await?;
        let unique = behaviour.as_deref().is_some_and(|behaviour| behaviour.contains("unique:"));
        if unique && backend.objects().contains_key(&plan.name) {
            return Err(Diagnostic::failure(format!("{} exists.", plan.name)).object_exists());
        }
        let state = made(plan);
        cx.keep_private(b"made".into());
        backend.objects().insert(state.name.clone(), state.clone());
        match behaviour.as_deref() {
            Some(behaviour) if behaviour.contains("left") => cx.checkpoint_tainted(&state)?,
            Some(behaviour) if behaviour.contains("created:") => cx.checkpoint(&state)?,
            _ => {}
        }
        backend.record(format!("created {}", state.name));
        behave(cx, behaviour.as_deref(), "created").await?;
        Ok(state)
    }

    async fn read(cx: &Cx<Backend>, id: &Id, prior: Option<State>) -> Result<Option<State>> {
        let private = String::from_utf8(cx.private()).unwrap_or_default();
        let backend = cx.client()?;
        backend.record(format!("read {id}, private {private:?}"));
        behave(cx, prior.and_then(|prior| prior.behave).as_deref(), "read").await?;
        Ok(backend.objects().get(&id.name).cloned())
    }

    async fn update(cx: &Cx<Backend>, prior: State, plan: State) -> Result<State> {
        let (backend, behaviour) = (cx.client()?, plan.behave.clone());
        backend.record(format!("update {}, password {:?}", plan.name, plan.password));
        behave(cx, behaviour.as_deref(), "update").await?;
        let renewed = cx.unknown("secret")?.then(|| "renewed".to_owned());
        let state = made(plan);
        let state = State { secret: renewed.or(prior.secret), ..state };
        match behaviour.as_deref() {
            Some(behaviour) if behaviour.contains("left") => cx.checkpoint_tainted(&state)?,
            Some(behaviour) if behaviour.contains("updated:") => cx.checkpoint(&state)?,
            _ => {}
        }
        backend.objects().insert(state.name.clone(), state.clone());
        behave(cx, behaviour.as_deref(), "updated").await?;
        Ok(state)
    }

    async fn delete(cx: &Cx<Backend>, id: &Id, _: View<'_>) -> Result<()> {
        let backend = cx.client()?;
        backend.record(format!("delete {id}"));
        let behaviour = backend.objects().get(&id.name).and_then(|state| state.behave.clone());
        behave(cx, behaviour.as_deref(), "delete").await?;
        backend.objects().remove(&id.name);
        Ok(())
    }
}

/// The object that the server creates from a plan. The server reverses the order of the grants,
/// removes leading zeros of the note, and returns the passwords, which the plugin layer must keep
/// out of the state.
pub(crate) fn made(plan: State) -> State {
    let grants = plan.grants.map(|grants| {
        let grant = |grant: Grant| Grant { id: Some(format!("id-{}", grant.path)), ..grant };
        grants.into_iter().rev().map(grant).collect()
    });
    let steps = plan.steps.map(|steps| {
        let step = |(number, step)| Step { number: Some(number), ..step };
        (1..).zip(steps).map(step).collect()
    });
    State {
        size: plan.size.or(Some(10)),
        note: plan.note.map(|note| note.trim_start_matches('0').to_owned()),
        grants,
        steps,
        id: Some(format!("id-{}", plan.name)),
        secret: plan.secret.or(Some("first".into())),
        stamp: Some("now".into()),
        ..plan
    }
}

impl State {
    /// An object that was created outside of Terraform.
    pub(crate) fn named(name: &str) -> Self {
        made(Self {
            name: name.into(),
            behave: None,
            note: Some("07".into()),
            big: None,
            ratio: None,
            size: None,
            tags: None,
            password: Some("marker5ecret".into()),
            password_version: None,
            limits: None,
            steps: None,
            grants: None,
            links: None,
            id: None,
            secret: None,
            stamp: None,
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct Filter {
    prefix: Option<String>,
}

impl List<Backend> for Thing {
    type Filter = Filter;

    fn list_schema() -> Schema {
        let prefix = Attribute::string("prefix", "How its name begins.").check(|text| {
            (text != "bad").then_some(()).ok_or_else(|| "The prefix must not be bad".into())
        });
        Schema::new("Things.", [prefix])
    }

    async fn list(cx: &Cx<Backend>, filter: Filter, out: &mut Items<'_, Id, State>) -> Result<()> {
        let (backend, prefix) = (cx.client()?, filter.prefix.unwrap_or_default());
        behave(cx, Some(&prefix), "list").await?;
        backend.record(format!("list with state {}", out.wants_state()));
        if prefix == "endless" {
            while out.item(&Id { name: "again".into() }, None).await.is_continue() {}
            backend.record("list stopped");
            return Ok(());
        }
        let objects: Vec<_> = backend.objects().values().cloned().collect();
        for state in objects.iter().filter(|state| state.name.starts_with(&prefix)) {
            backend.record(format!("found {}", state.name));
            if out.item(&Id { name: state.name.clone() }, Some(state)).await.is_break() {
                backend.record("list stopped");
                break;
            }
        }
        Ok(())
    }
}

impl Migrate<Backend> for Thing {
    const MOVES_FROM: &'static [&'static str] = &["other_thing"];

    fn upgrade(version: i64, state: Json) -> Result<Option<State>> {
        match version {
            1 => Ok(Some(named(&state, "title")?)),
            _ => Ok(None),
        }
    }

    fn move_from(_: &str, _: i64, state: Json) -> Result<State> {
        named(&state, "label")
    }
}

/// The state of an object whose name is the value of this attribute of the old state.
fn named(old: &Json, attribute: &str) -> Result<State> {
    match old.get(attribute) {
        Some(Json::String(name)) if name.as_str() == "panic" => panic!("marker5ecret"),
        Some(Json::String(name)) => Ok(State::named(name)),
        _ => Err(Diagnostic::failure(format!("The old state has no string `{attribute}`."))),
    }
}
