//! Which modules a checkpoint holds, by the ends of its key names.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{MissingAnswer, NcpsError};
use crate::tensor_file::TensorFile;

/// The classes whose weights can be told apart by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ltc,
    Cfc,
    WiredCfc,
}

/// One module of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) kind: Kind,
    /// Before the keys of the module itself: `lstm.*`, `fc.*`, `rnn_cell.*`.
    pub(super) prefix: String,
    /// Before the keys of its cell.
    pub(super) cell: String,
}

/// Every module in the file, by prefix.
pub(super) fn find(file: &TensorFile<'_>) -> Vec<Module> {
    let mut cells = BTreeMap::new();
    for name in file.names() {
        if let Some(cell) = whole_suffix(name, "gleak") {
            cells.insert(cell, Kind::Ltc);
        } else if let Some(cell) = whole_suffix(name, "ff1.weight") {
            match without_layer(cell) {
                Some(wired) => cells.insert(wired, Kind::WiredCfc),
                None => cells.insert(cell, Kind::Cfc),
            };
        }
    }
    let module = |(cell, kind): (&str, Kind)| Module {
        kind,
        prefix: whole_suffix(cell, "rnn_cell.").unwrap_or(cell).to_string(),
        cell: cell.to_string(),
    };
    cells.into_iter().map(module).collect()
}

/// What stands before `suffix`, if the suffix begins at a dot or at the start.
fn whole_suffix<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let prefix = name.strip_suffix(suffix)?;
    (prefix.is_empty() || prefix.ends_with('.')).then_some(prefix)
}

/// What stands before a final `layer_<number>.`.
fn without_layer(cell: &str) -> Option<&str> {
    let body = cell.strip_suffix('.')?;
    let start = body.rfind('.').map_or(0, |dot| dot + 1);
    body[start..].strip_prefix("layer_")?.parse::<usize>().ok()?;
    Some(&cell[..start])
}

/// The module that a layer means, or the answer that is missing to know.
pub(super) fn choose<'a>(
    modules: &'a [Module],
    layer: usize,
    prefix: Option<&str>,
) -> Result<Result<&'a Module, MissingAnswer>, NcpsError> {
    let quoted: Vec<String> = modules.iter().map(|module| format!("`{}`", module.prefix)).collect();
    let found = quoted.join(", ");
    match (prefix, modules) {
        (None, [only]) => Ok(Ok(only)),
        (None, _) => Ok(Err(MissingAnswer {
            layer,
            field: "prefix",
            hint: format!("the file holds several modules: {found}"),
        })),
        (Some(prefix), _) => match modules.iter().find(|module| module.prefix == prefix) {
            Some(module) => Ok(Ok(module)),
            None => Err(NcpsError::UnknownPrefix { layer, prefix: prefix.into(), found }),
        },
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::tensor_file::TensorWriter;

    #[test]
    fn modules_are_found_under_any_prefix() {
        let mut writer = TensorWriter::default();
        for name in [
            "rnn_cell.gleak",
            "model.0.rnn_cell.layer_0.ff1.weight",
            "model.0.rnn_cell.layer_1.ff1.weight",
            "layer_7.ff1.weight",
            "actor.rnn_cell.ff1.weight",
            "notgleak",
        ] {
            writer.f32s(name.into(), vec![1], &[0.0]);
        }
        let bytes = writer.into_bytes("", "").unwrap();
        let found = find(&TensorFile::parse(&bytes).unwrap());
        let summary: Vec<_> =
            found.iter().map(|m| (m.kind, m.prefix.as_str(), m.cell.as_str())).collect();
        assert_eq!(
            summary,
            [
                (Kind::WiredCfc, "", ""),
                (Kind::Cfc, "actor.", "actor.rnn_cell."),
                (Kind::WiredCfc, "model.0.", "model.0.rnn_cell."),
                (Kind::Ltc, "", "rnn_cell."),
            ]
        );
    }
}
