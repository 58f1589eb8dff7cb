//! Paths in scene files: text with `/`, relative to the file they stand in.

/// The path of `target` as seen from where `file` is seen from; `target` is relative to the folder
/// of `file`, or absolute.
///
/// Works on text alone: `..` takes the name before it away.
#[must_use]
pub fn join_path(file: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    let folder = file.rfind('/').map_or("", |end| &file[..end]);
    let mut names: Vec<&str> = Vec::new();
    for name in folder.split('/').chain(target.split('/')) {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|last| *last != "..") => {
                names.pop();
            }
            _ => names.push(name),
        }
    }
    let root = if file.starts_with('/') { "/" } else { "" };
    format!("{root}{}", names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_folder_of_the_file() {
        assert_eq!(join_path("scenes/hover.ron", "base.ron"), "scenes/base.ron");
        assert_eq!(join_path("scenes/hover.ron", "../assets/p.st"), "assets/p.st");
        assert_eq!(join_path("hover.ron", "../p.st"), "../p.st");
        assert_eq!(join_path("../s/hover.ron", "../../p.st"), "../../p.st");
        assert_eq!(join_path("/a/b/c.ron", "./../d.ron"), "/a/d.ron");
        assert_eq!(join_path("a/b.ron", "/etc/c.ron"), "/etc/c.ron");
    }
}
