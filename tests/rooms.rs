//! The rooms of the crate, as their table in `docs/DESIGN.md` has them: which room imports which, and none in a circle.
//!
//! A room is a module at the top of `src/`: a file or a folder. Its own tests (`#[cfg(test)]`) may import what they like.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree, token_stream};
use standin::TestResult;

/// Crates whose place is at the rim: a room that imports one has it in the table.
const OUTSIDE: [&str; 4] = ["axum", "hyper", "serenity", "tokio"];

/// Files that only tests use, so that they may import what they like.
const OF_TESTS: [&str; 2] = ["testing", "tests"];

/// What each room imports, with the first place where it does.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn rooms_import_what_the_table_lists() -> TestResult {
    let table = table(&fs::read_to_string("docs/DESIGN.md")?);
    let imports = imports(Path::new("src"))?;
    let mut wrong = String::new();
    for room in imports.keys().filter(|room| !table.contains_key(*room)) {
        writeln!(wrong, "`{room}` is not in the table")?;
    }
    for room in table.keys().filter(|room| !imports.contains_key(*room)) {
        writeln!(wrong, "`{room}` is in the table and not in src")?;
    }
    for (room, imported) in &imports {
        let listed = table.get(room);
        for (other, place) in imported {
            if listed.is_some_and(|listed| !listed.contains(other)) {
                writeln!(wrong, "`{room}` imports `{other}` ({place}), which its line does not list")?;
            }
        }
    }
    assert!(wrong.is_empty(), "the rooms in docs/DESIGN.md and the imports in src differ:\n{wrong}");
    Ok(())
}

#[test]
fn no_rooms_import_each_other_in_a_circle() -> TestResult {
    let imports = imports(Path::new("src"))?;
    let circle = circle(&imports).map(|rooms| {
        let step = |pair: &[&str]| format!("`{}` imports `{}` ({})", pair[0], pair[1], imports[pair[0]][pair[1]]);
        rooms.windows(2).map(step).collect::<Vec<_>>().join("\n")
    });
    assert_eq!(circle, None);
    Ok(())
}

#[test]
fn imports_are_found_however_they_are_written() -> TestResult {
    let text = r#"
        //! Not crate::comment.
        use crate::alpha::One;
        use crate::{beta, gamma::{self, Two}};
        use super::super::delta::Three;
        use super::sibling;
        pub fn four(five: crate::epsilon::Five) -> &'static str {
            println!("crate::text {}", crate::zeta::SIX);
            tokio::spawn(five)
        }
        #[cfg(test)]
        mod tests {
            use crate::eta::Seven;
        }
    "#;
    let mut found = BTreeMap::new();
    find(text.parse()?, "crate", 2, &mut |name, line| {
        found.insert(name, line);
    });
    let rooms: Vec<_> = found.iter().map(|(name, line)| (name.as_str(), *line)).collect();
    let expected = [("alpha", 3), ("beta", 4), ("delta", 5), ("epsilon", 7), ("gamma", 4), ("tokio", 9), ("zeta", 8)];
    assert_eq!(rooms, expected);
    Ok(())
}

#[test]
fn a_circle_is_found_however_long_it_is() {
    let rooms = |pairs: &[(&str, &str)]| {
        let mut imports = Imports::new();
        for (room, other) in pairs {
            imports.entry((*room).into()).or_default().insert((*other).into(), String::new());
        }
        imports
    };
    let line = [("a", "b"), ("b", "c"), ("a", "c")];
    assert_eq!(circle(&rooms(&line)), None);
    let ring = rooms(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")]);
    assert_eq!(circle(&ring), Some(vec!["b", "c", "d", "b"]));
}

/// What a room may import.
enum Listed {
    Everything,
    Only(BTreeSet<String>),
}

impl Listed {
    fn contains(&self, room: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(rooms) => rooms.contains(room),
        }
    }
}

/// Reads the table under the heading "The rooms": each room with what it may import: the names in backquotes in
/// the last column, or everything.
fn table(document: &str) -> BTreeMap<String, Listed> {
    let section = document.split("\n## ").find(|section| section.starts_with("The rooms")).unwrap_or_default();
    let mut rooms = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else { continue };
        for room in quoted(first) {
            let listed =
                if last.trim() == "everything" { Listed::Everything } else { Listed::Only(quoted(last).collect()) };
            rooms.insert(room, listed);
        }
    }
    rooms
}

/// What stands in backquotes.
fn quoted(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// Reads every file of the crate.
fn imports(src: &Path) -> Result<Imports, Box<dyn Error>> {
    let mut imports = Imports::new();
    for file in files(src)? {
        let mut modules: Vec<_> = file.strip_prefix(src)?.with_extension("").iter().map(OsStr::to_owned).collect();
        modules.retain(|module| module != "mod" && module != "lib");
        if modules.last().is_some_and(|module| OF_TESTS.iter().any(|name| module == name)) {
            continue;
        }
        // lib.rs is the map of the rooms, and none itself.
        let Some(room) = modules.first().and_then(|room| room.to_str()) else { continue };
        let imported = imports.entry(room.to_owned()).or_default();
        let tokens = fs::read_to_string(&file)?.parse().map_err(|error| format!("{}: {error}", file.display()))?;
        // The binary has the library as a crate beside it.
        let root = if room == "main" { "whichrole" } else { "crate" };
        find(tokens, root, modules.len(), &mut |name, line| {
            if name != room {
                imported.entry(name).or_insert_with(|| format!("{}:{line}", file.display()));
            }
        });
    }
    Ok(imports)
}

/// The Rust files of a folder and the folders in it.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.append(&mut files(&path)?);
        } else if path.extension() == Some(OsStr::new("rs")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Gives every room and every crate of [`OUTSIDE`] that `tokens` name, with its line. `root` is the name of the crate, and
/// `depth` is how many `super` lead to it.
fn find(tokens: TokenStream, root: &str, depth: usize, found: &mut impl FnMut(String, usize)) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => find(group.stream(), root, depth, found),
            TokenTree::Punct(hash) if hash.as_char() == '#' && is_test_only(tokens.peek()) => skip_item(&mut tokens),
            TokenTree::Ident(ident) if ident == root => rooms(&mut tokens, found),
            TokenTree::Ident(ident) if ident == "super" => {
                let mut supers = 1;
                while supers < depth && skip_colons(&mut tokens) {
                    let Some(TokenTree::Ident(next)) = tokens.peek() else { break };
                    if next != "super" {
                        break;
                    }
                    tokens.next();
                    supers += 1;
                }
                if supers == depth {
                    rooms(&mut tokens, found);
                }
            }
            TokenTree::Ident(ident) if OUTSIDE.iter().any(|outside| ident == outside) && skip_colons(&mut tokens) => {
                found(ident.to_string(), ident.span().start().line);
            }
            _ => {}
        }
    }
}

type Tokens = Peekable<token_stream::IntoIter>;

/// Takes what follows the root of the crate: `::room…` or `::{room…, room…}`.
fn rooms(tokens: &mut Tokens, found: &mut impl FnMut(String, usize)) {
    if !skip_colons(tokens) {
        return;
    }
    match tokens.next() {
        Some(TokenTree::Ident(room)) => found(room.to_string(), room.span().start().line),
        Some(TokenTree::Group(group)) => {
            let mut starts = true;
            for token in group.stream() {
                if let (true, TokenTree::Ident(room)) = (starts, &token) {
                    found(room.to_string(), room.span().start().line);
                }
                starts = matches!(&token, TokenTree::Punct(comma) if comma.as_char() == ',');
            }
        }
        _ => {}
    }
}

/// Takes `::`, and says whether it was there.
fn skip_colons(tokens: &mut Tokens) -> bool {
    let is_half = |token: &TokenTree| match token {
        TokenTree::Punct(colon) => colon.as_char() == ':' && colon.spacing() == Spacing::Joint,
        _ => false,
    };
    tokens.next_if(is_half).is_some() && tokens.next().is_some()
}

/// Whether this is `[cfg(test)]`.
fn is_test_only(token: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(attribute)) = token else { return false };
    attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// Takes an item with its attribute, up to its last brace or its semicolon.
fn skip_item(tokens: &mut Tokens) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            TokenTree::Punct(end) if end.as_char() == ';' => return,
            _ => {}
        }
    }
}

/// Finds a circle: the rooms on it in order, with the first once more at the end.
fn circle(imports: &Imports) -> Option<Vec<&str>> {
    fn visit<'a>(
        room: &'a str,
        imports: &'a Imports,
        path: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<&'a str>> {
        if let Some(at) = path.iter().position(|other| *other == room) {
            return Some(path[at..].iter().copied().chain([room]).collect());
        }
        if !done.insert(room) {
            return None;
        }
        path.push(room);
        let others = imports.get(room).into_iter().flat_map(BTreeMap::keys);
        let found = others.into_iter().find_map(|other| visit(other, imports, path, done));
        path.pop();
        found
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|room| visit(room, imports, &mut Vec::new(), &mut done))
}
