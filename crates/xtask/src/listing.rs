//! What a folder holds is listed in its README.

use crate::{Tree, Violation};

/// Folders whose every file a reader should find in the README beside it.
const LISTED: [&str; 2] = ["examples", "scenes"];

/// Every example and every scene is named in the README of its folder.
#[must_use]
pub fn unlisted_files(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for folder in LISTED {
        let readme = format!("{folder}/README.md");
        let text = tree.files.iter().find(|file| file.path == readme).map_or("", |file| &file.text);
        let inside = format!("{folder}/");
        for file in &tree.files {
            let Some(path) = file.path.strip_prefix(&inside) else {
                continue;
            };
            if path != "README.md" && !mentions(text, path) {
                found.push(Violation::at(
                    &file.path,
                    1,
                    format!("not listed; add a line about `{path}` to {readme}"),
                ));
            }
        }
    }
    found
}

/// Whether `text` has `name` as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    let continues = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + name.len()..].chars().next();
        // A full stop may end the sentence that ends with the name.
        !before.is_some_and(continues) && !after.is_some_and(|c| c != '.' && continues(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::planted::{places, tree};

    #[test]
    fn a_file_that_the_readme_leaves_out_is_caught() {
        let tree = tree(&[
            ("scenes/README.md", "| `hover.ron` | hovers |\n[gust](gust.ron)"),
            ("scenes/gust.ron", ""),
            ("scenes/hover.ron", ""),
            ("scenes/over.ron", ""),
        ]);
        assert_eq!(places(&unlisted_files(&tree)), ["scenes/over.ron:1"]);
    }

    #[test]
    fn a_missing_readme_lists_nothing() {
        assert_eq!(unlisted_files(&tree(&[("examples/fly.rs", "")])).len(), 1);
    }

    #[test]
    fn names_are_compared_as_words() {
        assert!(mentions("run hover.ron.", "hover.ron"));
        assert!(!mentions("drone_hover.ron", "hover.ron"));
        assert!(!mentions("hover.rons", "hover.ron"));
    }
}
