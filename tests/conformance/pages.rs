//! Writes the Markdown pages of the registry from schemas and examples.

use std::fmt::Write;

use tf_plugin::{Attribute, Kind, Nesting, Schema, Signature, Type};
use xtask::release::Feature;

/// The subject of a page: the provider, or a kind of block that the provider offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The provider itself.
    Provider,
    /// A managed resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    Ephemeral,
    /// A list resource.
    List,
    /// An action.
    Action,
}

impl Subject {
    /// The folder of the pages below `docs/`.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Provider => "",
            Self::Resource => "resources",
            Self::DataSource => "data-sources",
            Self::Ephemeral => "ephemeral-resources",
            Self::List => "list-resources",
            Self::Action => "actions",
        }
    }

    /// The paragraph on requirements, which is the same on every page of this subject. It names the
    /// required versions of Terraform and OpenTofu, and says how to use the block.
    fn requirements(self) -> Option<String> {
        let (feature, usage) = match self {
            Self::Provider | Self::Resource | Self::DataSource => return None,
            Self::Ephemeral => (Feature::Ephemeral, ""),
            Self::List => (
                Feature::QueryAndActions,
                " Write the `list` block in the directory of the configuration, in a file whose \
                 name ends in `.tfquery.hcl`. The command `terraform query` reads this file and \
                 shows the objects. OpenTofu does not support list resources. With OpenTofu, use \
                 data sources to find the objects. The guide [Adopting existing \
                 tokens](../guides/adopting-existing-tokens.md#1-find-what-exists) contains an \
                 example.",
            ),
            Self::Action => (
                Feature::QueryAndActions,
                " OpenTofu does not support actions. To run the action when a resource changes, \
                 refer to the action in an `action_trigger` block inside the `lifecycle` block of \
                 the resource. To run the action once, run `terraform apply \
                 -invoke=action.TYPE.NAME`.",
            ),
        };
        Some(format!("Requires {}.{usage}", feature.requirement()))
    }

    fn title(self) -> &'static str {
        match self {
            Self::Provider => "Provider",
            Self::Resource => "Resource",
            Self::DataSource => "Data Source",
            Self::Ephemeral => "Ephemeral Resource",
            Self::List => "List Resource",
            Self::Action => "Action",
        }
    }
}

/// An example from a file.
pub(crate) struct Example {
    /// Text above the example; empty if the page has only one example.
    pub(crate) heading: String,
    /// The language of the code block.
    pub(crate) language: &'static str,
    /// The file's content.
    pub(crate) code: String,
}

/// Returns the page of a type or of the provider.
pub(crate) fn page(
    subject: Subject,
    prefix: &str,
    name: &str,
    schema: &Schema,
    usage: &[Example],
    import: &[Example],
) -> String {
    let full = match subject {
        Subject::Provider => prefix.to_owned(),
        _ => format!("{prefix}_{name}"),
    };
    let mut page =
        page_head(&full, prefix, subject.title(), &schema.doc, subject != Subject::Provider);
    if let Some(requirements) = subject.requirements() {
        let _ = write!(page, "\n{}\n", requirements.replace("TYPE", &full));
    }
    examples(&mut page, "## Example Usage", usage);
    attributes(&mut page, schema);
    examples(&mut page, "## Import", import);
    page
}

/// Returns the page of a function.
pub(crate) fn function_page(
    prefix: &str,
    name: &str,
    signature: &Signature,
    usage: &[Example],
) -> String {
    let mut page = page_head(name, prefix, "Function", signature.doc, true);
    let _ = write!(page, "\nRequires {}.\n", Feature::Functions.requirement());
    examples(&mut page, "## Example Usage", usage);
    let parameters = signature.parameters.iter().map(|parameter| (parameter, ""));
    let all: Vec<_> =
        parameters.chain(signature.variadic.iter().map(|parameter| (parameter, "..."))).collect();
    let list: Vec<_> = (all.iter())
        .map(|(parameter, suffix)| {
            format!("{} {}{suffix}", parameter.name, type_name(&parameter.ty))
        })
        .collect();
    let _ = writeln!(
        page,
        "\n## Signature\n\n```text\n{name}({}) {}\n```\n\n## Arguments\n",
        list.join(", "),
        type_name(&signature.returns)
    );
    for (index, (parameter, suffix)) in all.iter().enumerate() {
        let kind = type_name(&parameter.ty);
        let _ = writeln!(
            page,
            "{}. `{}` ({}{kind}) {}",
            index + 1,
            parameter.name,
            if suffix.is_empty() { "" } else { "Variadic, " },
            parameter.doc
        );
    }
    page
}

fn page_head(full: &str, prefix: &str, kind: &str, doc: &str, with_category: bool) -> String {
    let summary = doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let category = if with_category { "subcategory: \"\"\n" } else { "" };
    let heading = match kind {
        "Provider" => format!("{prefix} Provider"),
        _ => format!("{full} ({kind})"),
    };
    let title = match kind {
        "Provider" => heading.clone(),
        _ => format!("{full} {kind} - {prefix}"),
    };
    format!(
        "---\npage_title: \"{title}\"\n{category}description: |-\n  {}\n---\n\n# {heading}\n\n{doc}\n",
        without_markup(&summary)
    )
}

/// Removes links, code marks and emphasis, because the description in the front matter is plain
/// text.
fn without_markup(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let link = after
            .split_once("](")
            .and_then(|(label, target)| target.split_once(')').map(|(_, behind)| (label, behind)));
        match link {
            Some((label, behind)) => {
                plain.push_str(before);
                plain.push_str(label);
                rest = behind;
            }
            None => break,
        }
    }
    plain.push_str(rest);
    plain.replace(['`', '*'], "")
}

fn examples(page: &mut String, heading: &str, examples: &[Example]) {
    if examples.is_empty() {
        return;
    }
    let _ = write!(page, "\n{heading}\n");
    for Example { heading, language, code } in examples {
        if !heading.is_empty() {
            let _ = write!(page, "\n{heading}\n");
        }
        let _ = write!(page, "\n```{language}\n{}\n```\n", code.trim_end());
    }
}

fn attributes(page: &mut String, schema: &Schema) {
    page.push_str("\n## Schema\n");
    if schema.attributes.is_empty() {
        page.push_str("\nThere are no arguments.\n");
    }
    groups(page, &schema.attributes, "###", "");
    nested_groups(page, &schema.attributes, "");
}

fn groups(page: &mut String, attributes: &[Attribute], level: &str, parent: &str) {
    for title in ["Required", "Optional", "Read-Only"] {
        let mut members =
            attributes.iter().filter(|attribute| heading_of(attribute) == title).peekable();
        if members.peek().is_none() {
            continue;
        }
        let _ = write!(page, "\n{level} {title}\n\n");
        for attribute in members {
            attribute_line(page, attribute, parent);
        }
    }
}

fn heading_of(attribute: &Attribute) -> &'static str {
    match (attribute.required, attribute.optional) {
        (true, _) => "Required",
        (false, true) => "Optional",
        (false, false) => "Read-Only",
    }
}

fn attribute_line(page: &mut String, attribute: &Attribute, parent: &str) {
    let mut traits = vec![attribute_type(attribute)];
    traits.extend(attribute.sensitive.then(|| "Sensitive".to_owned()));
    traits.extend(attribute.write_only.then(|| "Write-only".to_owned()));
    let _ = write!(page, "- `{}` ({}) {}", attribute.name, traits.join(", "), attribute.doc);
    if attribute.replaces {
        page.push_str(" Changing this argument forces replacement.");
    }
    if attribute.write_only {
        let _ = write!(page, " Requires {}.", Feature::WriteOnly.requirement());
    }
    if matches!(attribute.kind, Kind::Nested(..)) {
        let _ = write!(page, " (see [below](#nested--{parent}{}))", attribute.name);
    }
    page.push('\n');
}

fn nested_groups(page: &mut String, attributes: &[Attribute], parent: &str) {
    for attribute in attributes {
        if let Kind::Nested(_, inner) = &attribute.kind {
            let path = format!("{parent}{}", attribute.name);
            let _ = write!(
                page,
                "\n<a id=\"nested--{path}\"></a>\n### Nested attributes of `{}`\n",
                path.replace("--", ".")
            );
            groups(page, inner, "####", &format!("{path}--"));
            nested_groups(page, inner, &format!("{path}--"));
        }
    }
}

fn attribute_type(attribute: &Attribute) -> String {
    match &attribute.kind {
        Kind::Plain(ty) => type_name(ty),
        Kind::Nested(Nesting::Single, _) => "Object".into(),
        Kind::Nested(Nesting::List, _) => "List of Object".into(),
        Kind::Nested(Nesting::Set, _) => "Set of Object".into(),
        Kind::Nested(Nesting::Map, _) => "Map of Object".into(),
    }
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".into(),
        Type::Number => "Number".into(),
        Type::String => "String".into(),
        Type::List(item) => format!("List of {}", type_name(item)),
        Type::Set(item) => format!("Set of {}", type_name(item)),
        Type::Map(item) => format!("Map of {}", type_name(item)),
        Type::Object(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|(name, ty)| format!("{name}: {}", type_name(ty))).collect();
            format!("Object {{{}}}", fields.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_page_contains_the_descriptions_the_example_and_all_attributes() {
        let schema = Schema::new(
            "A *thing* of [one kind](https://example.com).\n\nMore of it.",
            [
                Attribute::string("name", "Its name.").required().replaces(),
                Attribute::nested(
                    Nesting::List,
                    "parts",
                    "Its parts.",
                    [Attribute::number("size", "In bytes.").computed()],
                ),
                Attribute::string("key", "Its key.").computed().sensitive(),
            ],
        );
        let usage = [Example {
            heading: String::new(),
            language: "terraform",
            code: "resource {}\n\n".into(),
        }];
        let page = page(Subject::Resource, "x", "thing", &schema, &usage, &[]);
        assert_eq!(
            page,
            "---\npage_title: \"x_thing Resource - x\"\nsubcategory: \"\"\ndescription: |-\n  A \
             thing of one kind.\n---\n\n\
             # x_thing (Resource)\n\n\
             A *thing* of [one kind](https://example.com).\n\n\
             More of it.\n\n\
             ## Example Usage\n\n\
             ```terraform\nresource {}\n```\n\n\
             ## Schema\n\n\
             ### Required\n\n\
             - `name` (String) Its name. Changing this argument forces replacement.\n\n\
             ### Optional\n\n\
             - `parts` (List of Object) Its parts. (see [below](#nested--parts))\n\n\
             ### Read-Only\n\n\
             - `key` (String, Sensitive) Its key.\n\n\
             <a id=\"nested--parts\"></a>\n### Nested attributes of `parts`\n\n\
             #### Read-Only\n\n\
             - `size` (Number) In bytes.\n"
        );
    }
}
