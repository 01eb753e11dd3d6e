//! Messages in order and in conversations: SORT and THREAD.

use imap_proto_lite::{
    Command, Response,
    response::{ResponseCode, Threads},
    search::{SearchKey, SearchQuery, SortCriterion, SortKey, ThreadAlgorithm},
};

use super::{
    answer::Answer,
    check::Check,
    fetching::uids,
    messages,
    server::Server,
    session::{Outcome, argument},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "SORT", run: sort },
    Check { row: "SORT (DISPLAYFROM DISPLAYTO)", run: sort_display },
    Check { row: "THREAD ORDEREDSUBJECT", run: ordered_subject },
    Check { row: "THREAD REFERENCES", run: references },
    Check { row: "THREAD REFS", run: refs },
];

fn sorted(answer: &Answer) -> Vec<u32> {
    let mut all = answer.responses.iter().filter_map(|response| match response {
        Response::Sort(result) => Some(result.numbers.iter().map(|number| number.get()).collect()),
        _ => None,
    });
    all.next().expect("a SORT response")
}

fn sorting(uid: bool, criteria: &[(SortKey, bool)]) -> Command<'static> {
    Command::Sort {
        uid,
        criteria: criteria
            .iter()
            .map(|(key, reverse)| SortCriterion { key: *key, reverse: *reverse })
            .collect(),
        query: SearchQuery::all(),
    }
}

fn sort(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    session.needs("SORT")?;
    type Criteria<'a> = &'a [(SortKey, bool)];
    let cases: [(Criteria<'_>, [u32; 6]); 7] = [
        (&[(SortKey::Arrival, false)], [6, 1, 2, 4, 3, 5]),
        (&[(SortKey::Date, false)], [6, 3, 1, 2, 4, 5]),
        (&[(SortKey::Date, true)], [5, 4, 2, 1, 3, 6]),
        // The subject without "Re:", then the order of the mailbox.
        (&[(SortKey::Subject, false)], [1, 2, 4, 6, 3, 5]),
        (&[(SortKey::Subject, false), (SortKey::Date, true)], [4, 2, 1, 6, 5, 3]),
        (&[(SortKey::From, false)], [1, 4, 2, 3, 5, 6]),
        (&[(SortKey::Size, true)], [4, 6, 2, 5, 3, 1]),
    ];
    for (criteria, expected) in cases {
        let answer = session.run(&sorting(false, criteria))?.ok();
        assert_eq!(sorted(&answer), expected, "{criteria:?}");
    }
    for key in [SortKey::Cc, SortKey::To] {
        let answer = session.run(&sorting(false, &[(key, false)]))?.ok();
        assert_eq!(sorted(&answer).len(), 6);
    }
    // By UID, of what matches.
    let all = uids(&mut session);
    let answer = session
        .run(&Command::Sort {
            uid: true,
            criteria: vec![SortCriterion { key: SortKey::Date, reverse: true }].into(),
            query: SearchKey::Subject(argument("apples")).into(),
        })?
        .ok();
    let expected: Vec<u32> = [3, 1, 0].map(|index: usize| all[index].get()).to_vec();
    assert_eq!(sorted(&answer), expected);
    Ok(())
}

fn sort_display(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    session.needs("SORT=DISPLAY")?;
    let answer = session.run(&sorting(false, &[(SortKey::DisplayFrom, false)]))?.ok();
    assert_eq!(sorted(&answer), [1, 4, 2, 3, 5, 6]);
    let answer = session.run(&sorting(false, &[(SortKey::DisplayTo, true)]))?.ok();
    assert_eq!(sorted(&answer).first(), Some(&5));
    Ok(())
}

/// The threads as text: `1(2(4)) 3 5`.
fn shown(threads: &Threads) -> String {
    fn branch(threads: &Threads, place: usize) -> String {
        let message = &threads.messages[place];
        let number = message.number.map_or_else(|| "-".into(), |number| number.to_string());
        let children: Vec<String> = (0..threads.messages.len())
            .filter(|child| threads.messages[*child].parent == Some(place))
            .map(|child| branch(threads, child))
            .collect();
        if children.is_empty() { number } else { format!("{number}({})", children.join(" ")) }
    }
    let mut roots: Vec<String> = threads.roots().map(|root| branch(threads, root)).collect();
    roots.sort();
    roots.join(" ")
}

fn threads(server: &Server, algorithm: ThreadAlgorithm, capability: &str) -> Outcome<String> {
    let (mut session, _) = server.open(&messages::six());
    session.needs(capability)?;
    let thread = |uid, query| Command::Thread { uid, algorithm, query };
    let answer = session.run(&thread(false, SearchQuery::all()))?.ok();
    let told = answer.responses.iter().find_map(|response| match response {
        Response::Thread(threads) => Some(threads),
        _ => None,
    });
    // Nothing matches: no threads.
    let none = SearchKey::Subject(argument("nothing like that")).into();
    let nothing = session.run(&thread(true, none))?.ok();
    for response in &nothing.responses {
        if let Response::Thread(threads) = response {
            assert!(threads.messages.is_empty());
        }
    }
    assert!(!matches!(nothing.code, Some(ResponseCode::BadCharset(_))));
    Ok(shown(told.expect("a THREAD response")))
}

fn ordered_subject(server: &Server) -> Outcome {
    let told = threads(server, ThreadAlgorithm::OrderedSubject, "THREAD=ORDEREDSUBJECT")?;
    assert_eq!(told, "1(2 4) 3(5) 6");
    Ok(())
}

fn references(server: &Server) -> Outcome {
    let told = threads(server, ThreadAlgorithm::References, "THREAD=REFERENCES")?;
    // The pears have no references; their subject joins them.
    assert_eq!(told, "1(2(4)) 3(5) 6");
    Ok(())
}

fn refs(server: &Server) -> Outcome {
    let told = threads(server, ThreadAlgorithm::Refs, "THREAD=REFS")?;
    assert_eq!(told, "1(2(4)) 3 5 6");
    Ok(())
}
