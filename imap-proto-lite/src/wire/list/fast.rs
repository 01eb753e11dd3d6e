//! Walking a list: one step for an item in its common form.

use crate::wire::list::{Iter, sealed::Element};

/// Inlined where a list is walked, in other crates too: saves 10 % of the time on FLAGS.
impl<'l, E: Element> Iterator for Iter<'l, E> {
    type Item = E::Item<'l>;

    #[inline]
    fn next(&mut self) -> Option<E::Item<'l>> {
        if self.left == 0 {
            return None;
        }
        let Some((rest, item)) = E::FAST(self.rest) else {
            return self.next_slowly();
        };
        self.rest = rest;
        self.left -= 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}
