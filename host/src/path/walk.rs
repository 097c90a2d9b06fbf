//! The walk itself.

use super::{Directory, Follow, Found, Last, MOST_LINKS, Place, Step};
use crate::types::Errno;

/// How many directories on the way back stay open. Going up further opens them once more, by their names.
const KEPT_OPEN: usize = 16;

/// Finds out where `path` leads, without looking at what its last component names.
///
/// # Errors
/// [`Errno::NOTCAPABLE`] if the path leads out of `start`, [`Errno::LOOP`] if there are more than [`MOST_LINKS`] links
/// on the way, [`Errno::NOENT`] for an empty path, [`Errno::AGAIN`] if directories on the way back are no longer where
/// they were; and what [`Directory`]'s methods say.
pub fn resolve<'a, D: Directory>(start: &'a D, path: &[u8], follow: Follow) -> Result<Found<'a, D>, Errno> {
    let mut walk = Walk { start, way: Vec::new() };
    let mut links = 0;
    let mut text = path.to_vec();
    'text: loop {
        match text.first() {
            None => return Err(Errno::NOENT),
            Some(b'/') => return Err(Errno::NOTCAPABLE),
            Some(_) => {}
        }
        let mut position = 0;
        loop {
            let component = Component::at(&text, position);
            let link = match component.name {
                b"." => {
                    walk.may_search()?;
                    if component.last {
                        return Ok(walk.end(Last::Dot));
                    }
                    None
                }
                b".." => {
                    walk.may_search()?;
                    walk.up()?;
                    if component.last {
                        return Ok(walk.end(Last::DotDot));
                    }
                    None
                }
                name if component.last => {
                    let link =
                        if follow.applies(component.slash) { walk.current().read_link(name)? } else { None };
                    if link.is_none() {
                        let name = name.to_vec();
                        return Ok(walk.end(Last::Name { name, directory: component.slash }));
                    }
                    link
                }
                name => walk.down(name)?,
            };
            if let Some(mut target) = link {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Errno::LOOP);
                }
                // What is left follows the link's content. A slash at the end of the path is part of it.
                target.extend_from_slice(&text[component.end..]);
                text = target;
                continue 'text;
            }
            position = component.next;
        }
    }
}

/// A component of a path.
struct Component<'a> {
    name: &'a [u8],
    /// Where the name ends.
    end: usize,
    /// Where the next component begins, or the path ends.
    next: usize,
    /// Whether `/` comes after it.
    slash: bool,
    /// Whether no component comes after it.
    last: bool,
}

impl Component<'_> {
    fn at(text: &[u8], position: usize) -> Component<'_> {
        let rest = &text[position..];
        let length = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
        let end = position + length;
        let next =
            text[end..].iter().position(|byte| *byte != b'/').map_or(text.len(), |slashes| end + slashes);
        Component { name: &rest[..length], end, next, slash: end < text.len(), last: next == text.len() }
    }
}

/// Where the walk is, and how it came there.
struct Walk<'a, D> {
    start: &'a D,
    /// The directories on the way from the start to where the walk is. The last one is open.
    way: Vec<Level<D>>,
}

struct Level<D> {
    name: Vec<u8>,
    directory: Option<D>,
}

impl<'a, D: Directory> Walk<'a, D> {
    fn current(&self) -> &D {
        self.way.last().and_then(|level| level.directory.as_ref()).unwrap_or(self.start)
    }

    /// The kernel asks for the permission to search a directory also before `.` and `..` in it.
    fn may_search(&self) -> Result<(), Errno> {
        self.current().enter(b".").map(|_| ())
    }

    /// Goes to a directory in the present one, unless it is a link.
    fn down(&mut self, name: &[u8]) -> Result<Option<Vec<u8>>, Errno> {
        match self.current().enter(name)? {
            Step::Link(target) => Ok(Some(target)),
            Step::Directory(directory) => {
                self.way.push(Level { name: name.to_vec(), directory: Some(directory) });
                if let Some(index) = self.way.len().checked_sub(KEPT_OPEN + 1) {
                    self.way[index].directory = None;
                }
                Ok(None)
            }
        }
    }

    fn up(&mut self) -> Result<(), Errno> {
        if self.way.pop().is_none() {
            return Err(Errno::NOTCAPABLE);
        }
        if self.way.last().is_some_and(|level| level.directory.is_none()) {
            let mut reached = None;
            for level in &self.way {
                let from = reached.as_ref().unwrap_or(self.start);
                match from.enter(&level.name) {
                    Ok(Step::Directory(directory)) => reached = Some(directory),
                    // It was a directory when the walk came by.
                    Ok(Step::Link(_)) | Err(Errno::NOENT | Errno::NOTDIR) => return Err(Errno::AGAIN),
                    Err(error) => return Err(error),
                }
            }
            if let Some(level) = self.way.last_mut() {
                level.directory = reached;
            }
        }
        Ok(())
    }

    fn end(mut self, last: Last) -> Found<'a, D> {
        let parent = match self.way.pop().and_then(|level| level.directory) {
            Some(directory) => Place::Beneath(directory),
            None => Place::Start(self.start),
        };
        Found { parent, last }
    }
}
