//! Finds the strings of a value whose server does not escape: quotes inside a quoted string, such
//! as `"he said "yes""` (jstedfast/MailKit#485), or a backslash before the closing quote, such as
//! `"sina.example\"` (MailCore/mailcore2#1220).
//!
//! Each quote either ends the string or is part of it, so there are many readings. The grammar
//! rules most of them out. Of the rest, the one with the fewest deviations is the value if it is
//! the only one; otherwise the value is ambiguous and nothing is returned.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec,
    vec::Vec,
};

use nom::{
    Parser as _,
    branch::alt,
    character::complete::one_of,
    combinator::{map, not, peek, value},
    sequence::{preceded, terminated},
};

use crate::wire::{
    Parsed,
    literal::literal,
    literal_header, nil, number64,
    put::{Out, quoted},
    spaces, steps,
    swar::quoted_run,
    word,
};

/// A token as the grammar of the value sees it. Strings have their wire form.
#[derive(Clone, Copy)]
pub(crate) enum Token<'a> {
    Open,
    Close,
    Nil,
    Number,
    Word(&'a [u8]),
    String(&'a [u8]),
}

/// What a token does to the stack of open lists, whose top is the place in the innermost list.
pub(crate) struct Move<P> {
    /// The place after the token; `None` if it ends the list.
    pub(crate) top: Option<P>,
    /// The place in a list that the token begins.
    pub(crate) inner: Option<P>,
    /// The price of the token itself: 0 if the RFC allows it.
    pub(crate) price: u32,
    /// The price of each quote in it.
    pub(crate) quote: u32,
    /// A reading with this token is not believed: if it is the cheapest, the value is unreadable.
    pub(crate) doubtful: bool,
}

/// The price of a quote or backslash that a server did not escape.
pub(crate) const QUOTE: u32 = 2;

/// A value has at most this many unescaped quotes in one string.
const MOST_QUOTES: u32 = 100;
/// Bounds the search: the states that it keeps, of about 150 bytes each.
const MOST_STATES: usize = 1 << 14;
/// Bounds the search: how often each byte is looked at, on average.
const MOST_LOOKS: usize = 16;

/// A place in the input and in the grammar, and the best way to it.
#[derive(Default)]
struct State {
    at: usize,
    stack: u32,
    price: u32,
    /// The state before, and the inside of the string between the two.
    before: usize,
    string: Option<(usize, usize)>,
    /// There is another way of this price.
    ambiguous: bool,
    /// The way to it has a token that is [`Move::doubtful`].
    doubtful: bool,
}

struct Search<'a, P> {
    input: &'a [u8],
    /// The stacks: below, and top. They share their lower parts. The first is the empty one.
    stacks: Vec<(u32, Option<P>)>,
    stack_numbers: BTreeMap<(u32, P), u32>,
    states: Vec<State>,
    state_numbers: BTreeMap<(usize, u32), usize>,
    /// Price, place and number of the states to be visited. A token moves forward and costs nothing
    /// or more, so a state is final when it is the first.
    queue: BTreeSet<(u32, usize, usize)>,
    looks: usize,
}

/// Finds the strings of the value at the start of `input`. `start` is its first place in the
/// grammar, `step` the grammar, and `ends` tells whether a value can end before this rest.
///
/// Returns the rest and the value with its strings escaped.
///
/// # Errors
/// There is no reading, or more than one, or the cheapest is doubtful.
pub(crate) fn escape<'a, P: Copy + Ord>(
    input: &'a [u8],
    start: P,
    step: impl Fn(P, Token<'a>) -> Option<Move<P>>,
    ends: impl Fn(&[u8]) -> bool,
) -> Result<(&'a [u8], Vec<u8>), Unreadable<'a>> {
    let mut search = Search {
        input,
        stacks: vec![(0, None)],
        stack_numbers: BTreeMap::new(),
        states: Vec::new(),
        state_numbers: BTreeMap::new(),
        queue: BTreeSet::new(),
        looks: 0,
    };
    let first = search.stack(0, start);
    search.reach(State { stack: first, ..State::default() });
    let mut found: Option<(usize, u32)> = None;
    while let Some((price, at, number)) = search.queue.pop_first() {
        if found.is_some_and(|(_, best)| price > best) {
            break;
        }
        if search.states.len() > MOST_STATES || search.looks > MOST_LOOKS * input.len() + 4096 {
            return Err(Unreadable::Ambiguous(None));
        }
        let Some(state) = search.states.get(number) else { break };
        let rest = input.get(at..).unwrap_or_default();
        if state.stack != 0 {
            search.visit(number, &step);
        } else if ends(rest) {
            if found.is_some() || state.doubtful {
                return Err(Unreadable::Ambiguous(None));
            }
            found = Some((number, price));
        }
    }
    let (number, _) = found.ok_or(Unreadable::Nothing)?;
    let State { at, ambiguous, .. } = *search.states.get(number).ok_or(Unreadable::Nothing)?;
    let rest = input.get(at..).unwrap_or_default();
    if ambiguous {
        Err(Unreadable::Ambiguous(Some(rest)))
    } else {
        Ok((rest, search.escaped(number)))
    }
}

/// Why [`escape`] found no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unreadable<'a> {
    /// There is no reading.
    Nothing,
    /// There are several readings, or too many to look at all of them. If all of them end at the
    /// same place, this is what follows the value.
    Ambiguous(Option<&'a [u8]>),
}

impl<'a, P: Copy + Ord> Search<'a, P> {
    /// The number of the stack with this place on top.
    fn stack(&mut self, below: u32, top: P) -> u32 {
        let next = u32::try_from(self.stacks.len()).unwrap_or(u32::MAX);
        let number = *self.stack_numbers.entry((below, top)).or_insert(next);
        if number == next {
            self.stacks.push((below, Some(top)));
        }
        number
    }

    /// Records a way to a state.
    fn reach(&mut self, state: State) {
        let State { at, price, .. } = state;
        let next = self.states.len();
        let number = *self.state_numbers.entry((at, state.stack)).or_insert(next);
        match self.states.get_mut(number) {
            None => self.states.push(state),
            Some(known) if price < known.price => {
                self.queue.remove(&(known.price, at, number));
                *known = state;
            }
            Some(known) => {
                known.ambiguous |= price == known.price;
                known.doubtful |= state.doubtful && price == known.price;
                return;
            }
        }
        self.queue.insert((price, at, number));
    }

    /// Takes the token at a state, in every way.
    fn visit(&mut self, number: usize, step: impl Fn(P, Token<'a>) -> Option<Move<P>>) {
        let Some(state) = self.states.get(number) else { return };
        let input = spaces(self.input.get(state.at..).unwrap_or_default());
        let State { price, ambiguous, doubtful, .. } = *state;
        let Some(&(below, Some(top))) = self.stacks.get(state.stack as usize) else { return };
        let at = self.input.len() - input.len();
        let take = |search: &mut Self, token, after: usize, quotes: (u32, u32), string| {
            let Some(step) = step(top, token) else { return };
            let mut stack = step.top.map_or(below, |top| search.stack(below, top));
            if let Some(inner) = step.inner {
                stack = search.stack(stack, inner);
            }
            let price = price + step.price + quotes.0 * step.quote + quotes.1;
            let doubtful = doubtful || step.doubtful;
            let (at, before) = (at + after, number);
            search.reach(State { at, stack, price, before, string, ambiguous, doubtful });
        };
        match input.first() {
            Some(b'(') => take(self, Token::Open, 1, (0, 0), None),
            Some(b')') => take(self, Token::Close, 1, (0, 0), None),
            Some(b'"') => {
                let inside = input.get(1..).unwrap_or_default();
                let mut ends = Ends { inside, ..Ends::default() };
                while self.states.len() <= MOST_STATES
                    && let Some((length, quotes, escaped)) = ends.next()
                {
                    let value = inside.get(..length).unwrap_or_default();
                    let string = (quotes > 0).then_some((at + 1, at + 1 + length));
                    // A server that escapes one quote of a string escapes all.
                    let mixed = u32::from(quotes > 0 && escaped);
                    take(self, Token::String(value), length + 2, (quotes, mixed), string);
                }
                self.looks += ends.at;
            }
            _ => {
                if let Ok((rest, token)) = other_token(input) {
                    take(self, token, input.len() - rest.len(), (0, 0), None);
                }
            }
        }
    }

    /// The value that ends in a state, with its strings escaped: all quotes and all backslashes in
    /// them, because a server that sends one of them bare escapes none.
    fn escaped(&self, number: usize) -> Vec<u8> {
        let mut strings = Vec::new();
        let mut state = self.states.get(number);
        let end = state.map_or(0, |state| state.at);
        while let Some(&State { at, before, string, .. }) = state {
            strings.extend(string);
            state = self.states.get(before).filter(|_| at > 0);
        }
        let mut value = Out::new(None);
        let mut at = 0;
        let piece = |from, to| self.input.get(from..to).unwrap_or_default();
        for (from, to) in strings.into_iter().rev() {
            let inside = piece(from, to);
            steps::add(inside.len());
            value.put((piece(at, from - 1), quoted(inside)));
            at = to + 1;
        }
        value.put(piece(at, end));
        value.bytes
    }
}

/// A token that is not a parenthesis or in quotes.
fn other_token(input: &[u8]) -> Parsed<'_, Token<'_>> {
    let token = alt((
        value(Token::Nil, nil),
        map(literal, Token::String),
        value(Token::Number, terminated(number64, peek(one_of(" )")))),
        map(preceded(not(literal_header), word), Token::Word),
    ));
    terminated(token, peek(one_of(" )"))).parse(input)
}

/// The places where a string can end, with the number of unescaped quotes and backslashes if it
/// ends there.
#[derive(Default)]
struct Ends<'a> {
    inside: &'a [u8],
    at: usize,
    quotes: u32,
    /// Whether there is an escaped quote before.
    escaped: bool,
}

impl Ends<'_> {
    fn next(&mut self) -> Option<(usize, u32, bool)> {
        while self.quotes <= MOST_QUOTES {
            self.at += quoted_run(self.inside.get(self.at..)?);
            let here = self.at;
            let ended =
                |length: usize| matches!(self.inside.get(here + length..), Some([b' ' | b')', ..]));
            match self.inside.get(here..)? {
                [b'\\', b'"', ..] => {
                    self.at += 2;
                    let escaped = core::mem::replace(&mut self.escaped, true);
                    if ended(2) {
                        return Some((here + 1, self.quotes + 1, escaped));
                    }
                }
                [] | [b'\r' | b'\n', ..] | [b'\\', b'\r' | b'\n', ..] => return None,
                [b'\\', ..] => self.at += 2,
                [b'"', ..] => {
                    self.at += 1;
                    self.quotes += 1;
                    if ended(1) {
                        return Some((here, self.quotes - 1, self.escaped));
                    }
                }
                _ => self.at += 1,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    #[test]
    fn a_string_with_many_ends_is_given_up_early() {
        let input = ["(\"".as_bytes(), &br#"\" "#.repeat(8 * MOST_STATES)].concat();
        let ends = Cell::new(0);
        let step = |place: u8, token: Token<'_>| {
            ends.set(ends.get() + usize::from(matches!(token, Token::String(_))));
            Some(Move { top: Some(place), inner: None, price: 0, quote: QUOTE, doubtful: false })
        };
        assert_eq!(escape(&input, 0, step, <[u8]>::is_empty), Err(Unreadable::Ambiguous(None)));
        assert!(ends.get() <= MOST_STATES + 1, "{} ends were tried", ends.get());
    }
}
