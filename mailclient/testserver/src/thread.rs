//! THREAD ([RFC 5256 section 3](https://www.rfc-editor.org/rfc/rfc5256#section-3)): ORDEREDSUBJECT,
//! REFERENCES, and REFS, which is REFERENCES without the merging by subject.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroU32,
};

use imap_proto_lite::response::{ThreadMessage, Threads};

use super::subject::BaseSubject;

/// No message is answered more deeply than this: a deeper one begins a thread.
const DEPTH: usize = 500;

/// What THREAD has to know of a message.
#[derive(Clone, Debug)]
pub(super) struct Threadable {
    /// Sequence number or UID, as the command was.
    pub(super) number: NonZeroU32,
    pub(super) message_id: Option<String>,
    /// The Message-IDs that the message refers to, oldest first.
    pub(super) references: Vec<String>,
    pub(super) subject: BaseSubject,
    /// The sent date, in seconds since 1970.
    pub(super) date: i64,
}

/// ORDEREDSUBJECT: the first message of a subject, and the others as answers to it.
pub(super) fn by_subject(messages: &[Threadable]) -> Threads {
    let mut sorted: Vec<&Threadable> = messages.iter().collect();
    sorted.sort_by_key(|message| (message.date, message.number));
    let mut threads: Vec<Vec<&Threadable>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for message in sorted {
        let place = *places.entry(&message.subject.text).or_insert(threads.len());
        match threads.get_mut(place) {
            Some(thread) => thread.push(message),
            None => threads.push(vec![message]),
        }
    }
    let mut result = Threads::default();
    for thread in threads {
        let root = result.messages.len();
        for (place, message) in thread.into_iter().enumerate() {
            let parent = (place > 0).then_some(root);
            result.messages.push(ThreadMessage { number: Some(message.number), parent });
        }
    }
    result
}

/// REFERENCES and, without `merge`, REFS.
pub(super) fn by_references(messages: &[Threadable], merge: bool) -> Threads {
    let mut forest = Forest { messages, nodes: Vec::new() };
    forest.link();
    let mut roots = forest.pruned_roots();
    forest.sort(&mut roots);
    if merge {
        roots = forest.merge_subjects(roots);
        forest.sort(&mut roots);
    }
    forest.write(&roots)
}

/// A message, or the place of one that is missing.
#[derive(Default)]
struct Node {
    message: Option<usize>,
    parent: Option<usize>,
    children: Vec<usize>,
}

struct Forest<'m> {
    messages: &'m [Threadable],
    nodes: Vec<Node>,
}

impl Forest<'_> {
    /// Step 1: links each message to the last one that it refers to, and these to one another.
    fn link(&mut self) {
        let messages = self.messages;
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut taken: HashSet<&str> = HashSet::new();
        for (place, message) in messages.iter().enumerate() {
            // A second message with the same id counts as one without an id.
            let id = message.message_id.as_deref().filter(|id| taken.insert(id));
            let node = match id {
                Some(id) => *known.entry(id).or_insert_with(|| add(&mut self.nodes)),
                None => add(&mut self.nodes),
            };
            let mut before = None;
            for reference in &message.references {
                let next = *known.entry(reference.as_str()).or_insert_with(|| add(&mut self.nodes));
                if let Some(before) = before
                    && self.parent(next).is_none()
                {
                    self.set_parent(next, Some(before));
                }
                before = Some(next);
            }
            self.set_parent(node, before);
            if let Some(node) = self.nodes.get_mut(node) {
                node.message = Some(place);
            }
        }
    }

    fn parent(&self, node: usize) -> Option<usize> {
        self.nodes.get(node)?.parent
    }

    fn children(&self, node: usize) -> &[usize] {
        self.nodes.get(node).map(|node| node.children.as_slice()).unwrap_or_default()
    }

    fn message(&self, node: usize) -> Option<&Threadable> {
        self.messages.get(self.nodes.get(node)?.message?)
    }

    /// Makes `node` a child of `parent`, unless that would be a loop or too deep.
    fn set_parent(&mut self, node: usize, parent: Option<usize>) {
        if let Some(old) = self.parent(node)
            && let Some(old) = self.nodes.get_mut(old)
        {
            old.children.retain(|child| *child != node);
        }
        let mut above = parent;
        let mut fits = true;
        for depth in 0.. {
            let Some(one) = above else {
                break;
            };
            if one == node || depth == DEPTH {
                fits = false;
                break;
            }
            above = self.parent(one);
        }
        let parent = parent.filter(|_| fits);
        if let Some(one) = self.nodes.get_mut(node) {
            one.parent = parent;
        }
        if let Some(parent) = parent.and_then(|parent| self.nodes.get_mut(parent)) {
            parent.children.push(node);
        }
    }

    /// Steps 2 and 3: the roots, without missing messages where no child needs them.
    fn pruned_roots(&mut self) -> Vec<usize> {
        // Children come before their parents.
        let roots: Vec<usize> =
            (0..self.nodes.len()).filter(|node| self.parent(*node).is_none()).collect();
        let mut order = roots.clone();
        let mut at = 0;
        while let Some(&node) = order.get(at) {
            order.extend_from_slice(self.children(node));
            at += 1;
        }
        for node in order.into_iter().rev() {
            let children = self.children(node).to_vec();
            let kept: Vec<usize> =
                children.into_iter().flat_map(|child| self.replacement(child, false)).collect();
            if let Some(node) = self.nodes.get_mut(node) {
                node.children = kept;
            }
        }
        roots.into_iter().flat_map(|root| self.replacement(root, true)).collect()
    }

    /// The nodes that stand for this one: itself, or the children of a message that is missing. At
    /// the top several children keep the missing parent, which says that they belong together.
    fn replacement(&self, node: usize, is_root: bool) -> Vec<usize> {
        let children = self.children(node);
        match self.message(node) {
            None if !is_root || children.len() < 2 => children.to_vec(),
            _ => vec![node],
        }
    }

    /// The sent date and the number by which siblings are sorted: of a missing message those of its
    /// first child.
    fn key(&self, node: usize) -> (i64, u32) {
        let known = self.message(node).or_else(|| self.message(*self.children(node).first()?));
        known.map_or((i64::MAX, u32::MAX), |message| (message.date, message.number.get()))
    }

    /// Steps 4 and 6: siblings by their date, children first, because a missing message counts as
    /// its first child.
    fn sort(&mut self, roots: &mut [usize]) {
        let mut order = roots.to_vec();
        let mut at = 0;
        while let Some(&node) = order.get(at) {
            order.extend_from_slice(self.children(node));
            at += 1;
        }
        for node in order.into_iter().rev() {
            let mut children = self.children(node).to_vec();
            children.sort_by_key(|child| self.key(*child));
            if let Some(node) = self.nodes.get_mut(node) {
                node.children = children;
            }
        }
        roots.sort_by_key(|root| self.key(*root));
    }

    /// The subject of a thread: of a missing message that of its first child.
    fn subject(&self, node: usize) -> BaseSubject {
        let known = self.message(node).or_else(|| self.message(*self.children(node).first()?));
        known.map(|message| message.subject.clone()).unwrap_or_default()
    }

    /// Step 5: threads with the same base subject become one.
    fn merge_subjects(&mut self, roots: Vec<usize>) -> Vec<usize> {
        // Which thread the others of this subject join: best a missing message, then one that is
        // no reply.
        let mut chosen: HashMap<String, usize> = HashMap::new();
        let rank = |forest: &Self, node| match forest.message(node) {
            None => 0,
            Some(message) if !message.subject.is_reply => 1,
            Some(_) => 2,
        };
        for &root in &roots {
            let subject = self.subject(root).text;
            let other = chosen.entry(subject).or_insert(root);
            if rank(self, root) < rank(self, *other) {
                *other = root;
            }
        }
        let mut merged: Vec<usize> = Vec::new();
        let mut replaced: HashMap<usize, usize> = HashMap::new();
        for root in roots {
            let subject = self.subject(root).text;
            let target = chosen.get(&subject).copied().unwrap_or(root);
            if subject.is_empty() || target == root {
                merged.push(root);
                continue;
            }
            match (self.message(target), self.message(root)) {
                (None, None) => {
                    let children = self.children(root).to_vec();
                    self.adopt(target, children);
                }
                (None, Some(_)) => self.adopt(target, vec![root]),
                (Some(one), Some(other)) if other.subject.is_reply && !one.subject.is_reply => {
                    self.adopt(target, vec![root]);
                }
                _ => {
                    // Siblings below a message that is missing.
                    let dummy = add(&mut self.nodes);
                    self.adopt(dummy, vec![target, root]);
                    chosen.insert(subject, dummy);
                    replaced.insert(target, dummy);
                }
            }
        }
        for root in &mut merged {
            while let Some(dummy) = replaced.get(root) {
                *root = *dummy;
            }
        }
        merged
    }

    fn adopt(&mut self, parent: usize, children: Vec<usize>) {
        for child in &children {
            if let Some(child) = self.nodes.get_mut(*child) {
                child.parent = Some(parent);
            }
        }
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.children.extend(children);
        }
    }

    fn write(&self, roots: &[usize]) -> Threads {
        let mut threads = Threads::default();
        let mut todo: Vec<(usize, Option<usize>)> =
            roots.iter().rev().map(|root| (*root, None)).collect();
        while let Some((node, parent)) = todo.pop() {
            let place = threads.messages.len();
            let number = self.message(node).map(|message| message.number);
            threads.messages.push(ThreadMessage { number, parent });
            todo.extend(self.children(node).iter().rev().map(|child| (*child, Some(place))));
        }
        threads
    }
}

fn add(nodes: &mut Vec<Node>) -> usize {
    nodes.push(Node::default());
    nodes.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `number id references subject`, dates ascending.
    fn messages(rows: &[(u32, &str, &str, &str)]) -> Vec<Threadable> {
        let of = |(number, id, references, subject): &(u32, &str, &str, &str)| Threadable {
            number: NonZeroU32::new(*number).unwrap(),
            message_id: Some((*id).to_owned()).filter(|id| !id.is_empty()),
            references: references.split_whitespace().map(String::from).collect(),
            subject: BaseSubject::of(subject),
            date: i64::from(*number),
        };
        rows.iter().map(of).collect()
    }

    /// In the form of the RFC, one thread in parentheses each.
    fn shown(threads: &Threads) -> String {
        fn below(threads: &Threads, parent: Option<usize>, out: &mut String) {
            for (place, message) in threads.messages.iter().enumerate() {
                if message.parent == parent {
                    let number =
                        message.number.map_or_else(|| "-".into(), |number| number.to_string());
                    *out += &format!("({number}");
                    below(threads, Some(place), out);
                    *out += ")";
                }
            }
        }
        let mut out = String::new();
        below(threads, None, &mut out);
        out
    }

    #[test]
    fn subjects_make_flat_threads() {
        let messages = messages(&[
            (1, "a", "", "one"),
            (2, "b", "", "two"),
            (3, "c", "", "Re: one"),
            (4, "d", "", "RE: re: One"),
        ]);
        assert_eq!(shown(&by_subject(&messages)), "(1(3)(4))(2)");
    }

    #[test]
    fn references_make_trees() {
        for (rows, expected) in [
            (
                &[(1, "a", "", "x"), (2, "b", "a", "Re: x"), (3, "c", "a b", "Re: x")][..],
                "(1(2(3)))",
            ),
            (&[(1, "a", "", "x"), (2, "b", "a", "y"), (3, "c", "a", "z")], "(1(2)(3))"),
            // The answered message is missing: its answers stay together.
            (&[(2, "b", "a", "x"), (3, "c", "a", "x")], "(-(2)(3))"),
            (&[(3, "c", "a b", "x")], "(3)"),
            // The order of arrival does not matter.
            (&[(5, "c", "a b", "x"), (6, "b", "a", "x"), (7, "a", "", "x")], "(7(6(5)))"),
            // A loop, and a message that answers itself.
            (&[(1, "a", "b", "x"), (2, "b", "a", "y")], "(2(1))"),
            (&[(1, "a", "a", "x")], "(1)"),
            // The same id twice.
            (&[(1, "a", "", "x"), (2, "a", "", "y"), (3, "b", "a", "z")], "(1(3))(2)"),
            (&[(1, "", "", ""), (2, "", "", "")], "(1)(2)"),
        ] {
            assert_eq!(shown(&by_references(&messages(rows), false)), expected, "{rows:?}");
        }
    }

    #[test]
    fn threads_of_one_subject_are_merged() {
        for (rows, expected) in [
            // A reply joins the message that is none.
            (&[(1, "a", "", "x"), (2, "b", "", "Re: x")][..], "(1(2))"),
            (&[(1, "a", "", "Re: x"), (2, "b", "", "x")], "(2(1))"),
            // Two that are no replies are siblings.
            (&[(1, "a", "", "x"), (2, "b", "", "x"), (3, "c", "", "x")], "(-(1)(2)(3))"),
            (&[(1, "a", "", ""), (2, "b", "", "")], "(1)(2)"),
            (&[(1, "a", "q", "x"), (2, "b", "q", "x"), (3, "c", "", "Re: x")], "(-(1)(2)(3))"),
        ] {
            assert_eq!(shown(&by_references(&messages(rows), true)), expected, "{rows:?}");
        }
    }

    #[test]
    fn a_chain_of_any_length_ends() {
        let rows: Vec<(u32, String, String)> = (1..3000)
            .map(|number| (number, format!("m{number}"), format!("m{}", number - 1)))
            .collect();
        let rows: Vec<_> =
            rows.iter().map(|(number, id, of)| (*number, id.as_str(), of.as_str(), "")).collect();
        assert_eq!(by_references(&messages(&rows), true).messages.len(), 2999);
    }
}
