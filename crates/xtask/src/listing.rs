//! What a folder holds is listed in its README.

use crate::{Tree, Violation};

/// Folders whose every file a reader should find in the README beside it.
const LISTED: [&str; 2] = ["examples", "scenes"];

/// Every example and every scene is named in the README of its folder; an example that is a package
/// of its own is named by its folder.
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
            let name = tree.example_package(&file.path).unwrap_or(path);
            if path != "README.md" && !mentions(text, name) {
                found.push(Violation::at(
                    &file.path,
                    1,
                    format!("not listed; add a line about `{name}` to {readme}"),
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
    fn an_example_that_is_a_package_is_listed_by_its_folder() {
        let files = [
            ("examples/README.md", "| `board` | blinks |"),
            ("examples/board/Cargo.toml", ""),
            ("examples/board/src/main.rs", ""),
            ("examples/loose/main.rs", ""),
            ("examples/robot/Cargo.toml", ""),
        ];
        let expected = ["examples/loose/main.rs:1", "examples/robot/Cargo.toml:1"];
        assert_eq!(places(&unlisted_files(&tree(&files))), expected);
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
