//! What a part is and has, for people.

use schemars::Schema;

/// The description of a kind of part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartDoc {
    /// Its name in scenes.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// What it has, by name.
    pub fields: Vec<FieldDoc>,
}

/// The description of a field of a part; its unit is the end of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDoc {
    /// Its name.
    pub name: String,
    /// What kind of value it takes: `number`, `list of 3`, the name of a type, ...
    pub kind: String,
    /// What it means.
    pub doc: String,
    /// Whether it must be there.
    pub is_required: bool,
}

impl PartDoc {
    pub(crate) fn new(name: &str, schema: &Schema) -> Self {
        let required = |field: &str| {
            let names = schema.get("required").and_then(|names| names.as_array());
            names.is_some_and(|names| names.iter().any(|name| name.as_str() == Some(field)))
        };
        let fields = schema.get("properties").and_then(|fields| fields.as_object());
        let fields = fields.into_iter().flatten().filter_map(|(name, field)| {
            let field = Schema::try_from(field.clone()).ok()?;
            Some(FieldDoc {
                name: name.clone(),
                kind: kind_of(&field),
                doc: one_line(&field),
                is_required: required(name),
            })
        });
        Self { name: name.to_owned(), doc: one_line(schema), fields: fields.collect() }
    }
}

/// What a value of this schema is called.
fn kind_of(schema: &Schema) -> String {
    // What may be left out is of this kind or null.
    let kind = schema.get("type").and_then(|kind| kind.as_str().or_else(|| kind.get(0)?.as_str()));
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    if let Some(path) = schema.get("$ref").and_then(|path| path.as_str()) {
        return name(path);
    }
    if let Some(path) = schema.get("items").and_then(|items| items.get("$ref")?.as_str()) {
        return format!("list of {}", name(path));
    }
    let items = schema.get("prefixItems").and_then(|items| items.as_array());
    match items {
        Some(items) => format!("list of {}", items.len()),
        None => kind.unwrap_or("choice").to_owned(),
    }
}

/// A doc comment's first paragraph on one line.
fn one_line(schema: &Schema) -> String {
    let doc = schema.get("description").and_then(|doc| doc.as_str()).unwrap_or_default();
    doc.split("\n\n").next().unwrap_or_default().replace('\n', " ")
}
