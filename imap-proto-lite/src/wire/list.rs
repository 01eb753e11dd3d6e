//! A list that stays in its wire form and is read item by item.
//!
//! A response holds lists of flags, addresses, numbers and parameters. Turning each into a `Vec`
//! would cost an allocation per list, and most callers walk a list once. So the parser checks a
//! list, counts its items and keeps the bytes; [`List::iter`] gives typed items. A list built by
//! the program has the same form.

use alloc::borrow::Cow;
use core::{fmt, marker::PhantomData};

mod fast;

pub(crate) mod sealed {
    use crate::wire::{Token, put::Out};

    /// The type of the items of a list, and how they are read and written.
    #[expect(unnameable_types, reason = "sealed: other crates cannot define kinds of items")]
    pub trait Element: Clone {
        /// The typed item.
        type Item<'a>: core::fmt::Debug + PartialEq;
        /// The byte between two items.
        const SEPARATOR: u8 = b' ';
        /// The shortcut of [`read`](Self::read): returns the rest and the same item, or `None`. It
        /// is inlined where a list is walked, in other crates too.
        const FAST: for<'a> fn(&'a [u8]) -> Token<'a, Self::Item<'a>> = |_| None;
        /// Reads the next item and the separators before it; `None` at the end and where no item
        /// follows.
        fn read(input: &[u8]) -> Token<'_, Self::Item<'_>>;
        /// Shows one item.
        fn show(item: &Self::Item<'_>, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            core::fmt::Debug::fmt(item, f)
        }
        /// Writes one item.
        fn write(item: &Self::Item<'_>, out: &mut Out);
    }
}
use self::sealed::Element;
use crate::wire::put::{Out, Put, joined};

/// A list of items kept in wire form, without its outer parentheses. `E` names the kind of item;
/// the aliases (such as [`AddressList`](crate::types::envelope::AddressList)) are what signatures
/// use.
#[derive(Clone)]
pub struct List<'a, E> {
    octets: Cow<'a, [u8]>,
    count: usize,
    element: PhantomData<fn() -> E>,
}

impl<'a, E: Element> List<'a, E> {
    /// A list of these items.
    pub fn new<'b>(items: impl IntoIterator<Item = E::Item<'b>>) -> Self {
        let mut out = Out::default();
        let mut count = 0;
        let items = items.into_iter().inspect(|_| count += 1);
        out.put(joined(E::SEPARATOR, items.map(|item| move |out: &mut Out| E::write(&item, out))));
        Self { octets: Cow::Owned(out.bytes), count, element: PhantomData }
    }

    /// A list of `count` items that the parser has checked.
    pub(crate) const fn from_wire_counted(octets: &'a [u8], count: usize) -> Self {
        Self { octets: Cow::Borrowed(octets), count, element: PhantomData }
    }

    /// Counts the items, for kinds that skip everything else.
    pub(crate) fn from_wire_lenient(octets: &'a [u8]) -> Self {
        Self::from_wire_counted(octets, Self::leading(octets).1.count)
    }

    /// Checks and counts the items; `None` if anything else is among them.
    pub(crate) fn from_wire(octets: &'a [u8]) -> Option<Self> {
        let (rest, list) = Self::leading(octets);
        rest.is_empty().then_some(list)
    }

    /// The items at the start of `input`. Returns the rest and the list.
    pub(crate) fn leading(input: &'a [u8]) -> (&'a [u8], Self) {
        let mut items = Iter::<E>::new(input, usize::MAX);
        let count = items.by_ref().count();
        let octets = input.get(..input.len() - items.rest.len()).unwrap_or_default();
        (items.rest, Self::from_wire_counted(octets, count))
    }

    /// The items that have a value, in the order of the wire.
    pub fn iter(&self) -> Iter<'_, E> {
        Iter::new(&self.octets, self.count)
    }

    /// How many items there are, [skipped](Self::skipped) ones included.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// How many items [`iter`](Self::iter) leaves out because they have no value. In numbers and
    /// sets of numbers these are 0 and numbers beyond 32 bits: if there are any, messages are
    /// missing from the result. This walks the list, because the parser does not: checking each
    /// number costs 7 % of the time on ESEARCH.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.count - self.iter().count()
    }

    /// Whether there is no item.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first item.
    pub fn first(&self) -> Option<E::Item<'_>> {
        self.iter().next()
    }

    /// Converts into an owned list.
    #[must_use]
    pub fn into_owned(self) -> List<'static, E> {
        List {
            octets: Cow::Owned(self.octets.into_owned()),
            count: self.count,
            element: PhantomData,
        }
    }

    /// The items in wire form, without the outer parentheses.
    pub fn as_wire(&self) -> &[u8] {
        &self.octets
    }
}

impl<E> Default for List<'_, E> {
    fn default() -> Self {
        Self { octets: Cow::Borrowed(&[]), count: 0, element: PhantomData }
    }
}

/// Two lists are equal when their items are, whatever the spacing and quoting on the wire.
impl<E: Element> PartialEq for List<'_, E> {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.iter().zip(other.iter()).all(|(one, two)| one == two)
    }
}

impl<E: Element> Eq for List<'_, E> where for<'b> E::Item<'b>: Eq {}

impl<E: Element> fmt::Debug for List<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.iter(), f)
    }
}

impl<'l, E: Element> IntoIterator for &'l List<'_, E> {
    type Item = E::Item<'l>;
    type IntoIter = Iter<'l, E>;

    fn into_iter(self) -> Iter<'l, E> {
        self.iter()
    }
}

/// Writes the items with their separators, without the outer parentheses.
impl<E: Element> Put for &List<'_, E> {
    fn put(self, out: &mut Out) {
        out.put(joined(
            E::SEPARATOR,
            self.iter().map(|item| move |out: &mut Out| E::write(&item, out)),
        ));
    }
}

/// The items of a [`List`].
#[derive(Clone)]
pub struct Iter<'l, E> {
    rest: &'l [u8],
    left: usize,
    element: PhantomData<fn() -> E>,
}

impl<'l, E: Element> Iter<'l, E> {
    /// The first `count` items.
    pub(crate) const fn new(rest: &'l [u8], count: usize) -> Self {
        Self { rest, left: count, element: PhantomData }
    }
}

impl<E: Element> fmt::Debug for Iter<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.clone().map(|item| Shown::<E>(item));
        f.debug_list().entries(shown).finish()
    }
}

/// An item, shown by its kind.
struct Shown<'l, E: Element>(E::Item<'l>);

impl<E: Element> fmt::Debug for Shown<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        E::show(&self.0, f)
    }
}
