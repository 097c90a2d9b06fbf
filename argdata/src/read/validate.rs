//! Looks at all of a value.

use super::{Argdata, Item, Seq};
use crate::{Error, ErrorKind};

/// How many maps and sequences may be nested for [`Argdata::validate`].
pub const MAX_DEPTH: usize = 128;

/// A map or sequence that is being looked at.
#[derive(Clone, Copy)]
struct Open<'a> {
    elements: Seq<'a>,
    is_map: bool,
    /// For a map, where the key is whose value comes next.
    key: Option<usize>,
}

impl Argdata<'_> {
    /// Checks the value and everything in it, down to [`MAX_DEPTH`] maps and sequences in each other.
    ///
    /// Afterwards reading gives no error but [`ErrorKind::WrongKind`] and [`ErrorKind::OutOfRange`]. What it does
    /// not check: whether keys are different, and whether descriptors exist; [`Argdata::max_fd`] helps with that.
    pub fn validate(&self) -> Result<(), Error> {
        self.walk(&mut |_| ())
    }

    /// The highest index of a descriptor that occurs, if any does. Checks everything as [`Argdata::validate`]
    /// does.
    pub fn max_fd(&self) -> Result<Option<u32>, Error> {
        let mut max = None;
        self.for_each_fd(|fd| max = max.max(Some(fd)))?;
        Ok(max)
    }

    /// Calls `visit` for each place where a descriptor is named, with its index. Checks everything as
    /// [`Argdata::validate`] does.
    pub fn for_each_fd(&self, mut visit: impl FnMut(u32)) -> Result<(), Error> {
        self.walk(&mut |item| {
            if let Item::Fd(fd) = item {
                visit(fd);
            }
        })
    }

    /// Calls `visit` for the value and everything in it, in order.
    ///
    /// Depth comes from the data, so this must not recurse; its memory is bounded instead.
    fn walk(&self, visit: &mut dyn FnMut(Item)) -> Result<(), Error> {
        let none = Open { elements: Seq::new(&[], 0), is_map: false, key: None };
        let mut stack = [none; MAX_DEPTH];
        let mut depth = 0;
        let mut next = Some(*self);
        loop {
            if let Some(value) = next.take() {
                let item = value.read()?;
                let open = match item {
                    Item::Seq(elements) => Some(Open { elements, ..none }),
                    Item::Map(map) => Some(Open { elements: map.elements(), is_map: true, key: None }),
                    _ => None,
                };
                visit(item);
                if let Some(open) = open {
                    *stack.get_mut(depth).ok_or(value.error(0, ErrorKind::TooDeep))? = open;
                    depth += 1;
                }
            }
            let Some(open) = stack[..depth].last_mut() else { return Ok(()) };
            match open.elements.next() {
                Some(element) => {
                    let element = element?;
                    if open.is_map {
                        open.key = if open.key.is_none() { Some(element.offset) } else { None };
                    }
                    next = Some(element);
                }
                None => {
                    if let Some(key) = open.key {
                        return Err(Error::new(key, ErrorKind::KeyWithoutValue));
                    }
                    depth -= 1;
                }
            }
        }
    }
}
