//! Finding messages: SEARCH with its keys, and ESEARCH.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, Flag, HeaderName, Response, SeqNumber, SequenceSet, Status, Uid, UidSet,
    command::{FetchItem, FetchModifiers, Messages, StoreAction},
    date::Date,
    flag::Keyword,
    response::{FetchAttribute, ResultSet},
    search::{PartialRange, SearchKey, SearchQuery, SearchReturn},
};

use super::{
    answer::Answer,
    check::Check,
    fetch_extensions::mod_seqs,
    fetching::{fetch, uids},
    messages,
    selecting::add_flags,
    server::{Kind, Server},
    session::{NotOffered, Outcome, Session, argument, atom},
};

pub(crate) const CHECKS: &[Check] = &[
    Check { row: "SEARCH, flags and keywords", run: flags },
    Check { row: "SEARCH, header and text", run: texts },
    Check { row: "SEARCH, dates and sizes", run: dates },
    Check { row: "SEARCH, AND OR NOT, sets", run: logic },
    Check { row: "SEARCH CHARSET UTF-8", run: charset },
    Check { row: "SEARCH (OLDER YOUNGER)", run: within },
    Check { row: "SEARCH (MODSEQ)", run: mod_seq },
    Check { row: "SEARCH (SAVEDSINCE SAVEDATESUPPORTED)", run: save_date },
    Check { row: "SEARCH (EMAILID THREADID)", run: object_ids },
    Check { row: "SEARCH (X-GM-RAW)", run: gmail },
    Check { row: "SEARCH RETURN (MIN MAX ALL COUNT)", run: esearch },
    Check { row: "SEARCH RETURN (SAVE), $", run: saved },
    Check { row: "SEARCH RETURN (PARTIAL)", run: window },
];

fn search(query: impl Into<SearchQuery<'static>>) -> Command<'static> {
    Command::Search { uid: false, returns: None, query: query.into() }
}

/// What each query finds among the six messages.
fn all_find(
    session: &mut Session,
    queries: impl IntoIterator<Item = (SearchKey<'static>, &'static [u32])>,
) -> Outcome {
    for (key, expected) in queries {
        let shown = format!("{key:?}");
        let answer = session.run(&search(key))?.ok();
        assert_eq!(answer.found(), expected, "{shown}");
    }
    Ok(())
}

fn flags(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    all_find(
        &mut session,
        [
            (SearchKey::All, &[1, 2, 3, 4, 5, 6][..]),
            (SearchKey::Seen, &[1, 5]),
            (SearchKey::Unseen, &[2, 3, 4, 6]),
            (SearchKey::Answered, &[2]),
            (SearchKey::Unanswered, &[1, 3, 4, 5, 6]),
            (SearchKey::Flagged, &[2]),
            (SearchKey::Unflagged, &[1, 3, 4, 5, 6]),
            (SearchKey::Deleted, &[5]),
            (SearchKey::Undeleted, &[1, 2, 3, 4, 6]),
            (SearchKey::Draft, &[4]),
            (SearchKey::Undraft, &[1, 2, 3, 5, 6]),
            (SearchKey::Keyword(Keyword::FORWARDED), &[]),
        ],
    )?;
    let without = SearchKey::Unkeyword(Keyword::FORWARDED);
    if server.kind == Kind::Mailutils {
        // It crashes at that.
        let (mut session, _) = server.open(&messages::some(1));
        session.run_into_the_end(&search(without));
    } else {
        all_find(&mut session, [(without, &[1, 2, 3, 4, 5, 6][..])])?;
    }
    // Whether they are recent here is the server's business, but the three keys agree.
    let numbers = |session: &mut Session, key| session.run(&search(key)).unwrap().ok().found();
    let recent = numbers(&mut session, SearchKey::Recent);
    let old = numbers(&mut session, SearchKey::Old);
    let new = numbers(&mut session, SearchKey::New);
    let mut both = [recent.clone(), old].concat();
    both.sort_unstable();
    assert_eq!(both, [1, 2, 3, 4, 5, 6]);
    let unseen_recent: Vec<u32> = recent.into_iter().filter(|seq| ![1, 5].contains(seq)).collect();
    assert_eq!(new, unseen_recent);
    if server.is(&[Kind::Dovecot, Kind::Cyrus]) {
        session.run(&add_flags(3, &[Flag::Keyword(Keyword::FORWARDED)]))?.ok();
        all_find(&mut session, [(SearchKey::Keyword(Keyword::FORWARDED), &[3][..])])?;
    }
    Ok(())
}

fn texts(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    let header = |name: &'static str, value: &'static str| SearchKey::Header {
        name: HeaderName::new(name).unwrap(),
        value: argument(value),
    };
    all_find(
        &mut session,
        [
            (SearchKey::From(argument("ann")), &[1, 4][..]),
            (SearchKey::To(argument("bob@")), &[1, 4]),
            (SearchKey::Cc(argument("CAROL")), &[2]),
            (SearchKey::Bcc(argument("hidden")), &[5]),
            (SearchKey::Subject(argument("apples")), &[1, 2, 4]),
            (SearchKey::Subject(argument("re: pears")), &[5]),
            (SearchKey::Body(argument("needle")), &[3]),
            (SearchKey::Body(argument("needle in a haystack, \"quoted\"")), &[3]),
            (SearchKey::Text(argument("needle")), &[3]),
            (SearchKey::Text(argument("dave@example.net")), &[5]),
            (SearchKey::Body(argument("nowhere")), &[]),
            (header("X-Colour", "green"), &[5]),
            (header("X-Colour", "red"), &[]),
            (header("In-Reply-To", ""), &[2, 4]),
            (header("Message-ID", "<m3@example.org>"), &[3]),
        ],
    )
}

fn day(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

fn dates(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    let (before, on, since): (&[u32], &[u32], &[u32]) = match server.kind {
        // It looks at the Date field, where the internal date is meant.
        Kind::Mailutils => (&[1, 3, 6], &[5], &[5]),
        _ => (&[1, 6], &[3], &[3, 5]),
    };
    all_find(
        &mut session,
        [
            (SearchKey::Before(day(2023, 1, 3)), before),
            (SearchKey::On(day(2023, 1, 5)), on),
            (SearchKey::Since(day(2023, 1, 5)), since),
            (SearchKey::SentBefore(day(2023, 1, 2)), &[3, 6]),
            (SearchKey::SentOn(day(2023, 1, 4)), &[4]),
            (SearchKey::SentSince(day(2023, 1, 4)), &[4, 5]),
            (SearchKey::Larger(5_000), &[4]),
            (SearchKey::Smaller(5_000), &[1, 2, 3, 5, 6]),
        ],
    )
}

fn logic(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    let key = |key: SearchKey<'static>| SearchQuery::from(key);
    let all = uids(&mut session);
    let range = |first, last| {
        SequenceSet::range(SeqNumber::new(first).unwrap(), SeqNumber::new(last).unwrap())
    };
    let queries: Vec<(SearchQuery<'static>, &[u32])> = vec![
        (
            SearchQuery::and([key(SearchKey::Unseen), key(SearchKey::Subject(argument("apples")))]),
            &[2, 4],
        ),
        (SearchQuery::or(key(SearchKey::Draft), key(SearchKey::Deleted)), &[4, 5]),
        (SearchQuery::not(key(SearchKey::Subject(argument("apples")))), &[3, 5, 6]),
        (
            SearchQuery::not(SearchQuery::or(
                SearchQuery::and([key(SearchKey::Seen), key(SearchKey::Undeleted)]),
                key(SearchKey::Sequence(range(2, 4))),
            )),
            &[5, 6],
        ),
        (key(SearchKey::Sequence(range(2, 3))), &[2, 3]),
        (key(SearchKey::Sequence(SequenceSet::last())), &[6]),
        (key(SearchKey::Uid(UidSet::range(all[4], all[5]))), &[5, 6]),
    ];
    for (query, expected) in queries {
        let shown = format!("{query:?}");
        let answer = session.run(&search(query))?.ok();
        assert_eq!(answer.found(), expected, "{shown}");
    }
    // UID SEARCH answers in UIDs.
    let answer = session
        .run(&Command::Search {
            uid: true,
            returns: None,
            query: SearchKey::Subject(argument("apples")).into(),
        })?
        .ok();
    let expected: Vec<u32> = [0, 1, 3].map(|index: usize| all[index].get()).to_vec();
    assert_eq!(answer.found(), expected);
    Ok(())
}

fn charset(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    let body = session.run(&search(SearchKey::Body(argument("gr\u{fc}\u{df}e"))))?;
    if body.status != Status::Ok {
        assert!(server.is(&[Kind::Pymap, Kind::Mailutils]), "{}", body.text);
        session.run(&Command::Noop)?.ok();
        return Err(NotOffered);
    }
    assert_eq!(body.found(), [6]);
    all_find(
        &mut session,
        [
            (SearchKey::Subject(argument("k\u{e4}se")), &[6][..]),
            (SearchKey::From(argument("J\u{fc}rgen")), &[6]),
            (SearchKey::Text(argument("\u{65e5}\u{672c}")), &[]),
        ],
    )
}

fn within(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    session.needs("WITHIN")?;
    all_find(
        &mut session,
        [
            (SearchKey::Older(3_600), &[1, 2, 3, 4, 5, 6][..]),
            (SearchKey::Younger(3_600), &[]),
            (SearchKey::Younger(u32::MAX >> 1), &[1, 2, 3, 4, 5, 6]),
        ],
    )
}

fn mod_seq(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    session.needs("CONDSTORE")?;
    mod_seqs(&mut session)?;
    session.run(&add_flags(4, &[Flag::Flagged]))?.ok();
    let values = mod_seqs(&mut session)?;
    let answer = session.run(&search(SearchKey::ModSeq(values[3])))?.ok();
    assert_eq!(answer.found(), [4]);
    let told = answer.responses.iter().find_map(|response| match response {
        Response::Search(result) => result.mod_seq,
        _ => None,
    });
    assert_eq!(told, Some(values[3]));
    Ok(())
}

fn save_date(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    session.needs("SAVEDATE")?;
    all_find(
        &mut session,
        [
            (SearchKey::SaveDateSupported, &[1, 2, 3, 4, 5, 6][..]),
            (SearchKey::SavedSince(day(2024, 1, 1)), &[1, 2, 3, 4, 5, 6]),
            (SearchKey::SavedBefore(day(2024, 1, 1)), &[]),
            (SearchKey::SavedOn(day(2024, 1, 1)), &[]),
        ],
    )
}

fn object_ids(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    session.needs("OBJECTID")?;
    let answer = session.run(&fetch(2, vec![FetchItem::EmailId, FetchItem::ThreadId]))?.ok();
    let id = |pick: fn(FetchAttribute<'_>) -> Option<String>| answer.attribute(pick);
    let email = id(|attribute| match attribute {
        FetchAttribute::EmailId(id) => Some(id.to_str_lossy().into_owned()),
        _ => None,
    });
    let thread = id(|attribute| match attribute {
        FetchAttribute::ThreadId(id) => id.map(|id| id.to_str_lossy().into_owned()),
        _ => None,
    });
    let found = session.run(&search(SearchKey::EmailId(atom(email))))?.ok();
    assert_eq!(found.found(), [2]);
    let found = session.run(&search(SearchKey::ThreadId(atom(thread))))?.ok();
    assert_eq!(found.found(), [1, 2, 4]);
    Ok(())
}

fn gmail(server: &Server) -> Outcome {
    server.log_in().needs("X-GM-EXT-1")
}

fn returning(
    change: impl FnOnce(&mut SearchReturn),
    uid: bool,
    query: impl Into<SearchQuery<'static>>,
) -> Command<'static> {
    let mut returns = SearchReturn::default();
    change(&mut returns);
    Command::Search { uid, returns: Some(returns), query: query.into() }
}

fn set(result: &Option<ResultSet<'_>>) -> Vec<u32> {
    match result {
        None => Vec::new(),
        Some(ResultSet::Sequence(set)) => set.numbers().map(SeqNumber::get).collect(),
        Some(ResultSet::Uid(set)) => set.numbers().map(Uid::get).collect(),
    }
}

fn esearch(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    let all = uids(&mut session);
    let everything = |returns: &mut SearchReturn| {
        (returns.min, returns.max, returns.all, returns.count) = (true, true, true, true);
    };
    let apples = || SearchKey::Subject(argument("apples"));
    let answer = session.run(&returning(everything, false, apples()))?.ok();
    let result = answer.esearch();
    assert!(!result.uid && result.tag.is_some());
    assert_eq!(result.min.map(|one| one.get()), Some(1));
    assert_eq!(result.max.map(|one| one.get()), Some(4));
    assert_eq!(result.count, Some(3));
    assert_eq!(set(&result.all), [1, 2, 4]);

    let answer = session.run(&returning(everything, true, apples()))?.ok();
    let result = answer.esearch();
    assert!(result.uid);
    let expected: Vec<u32> = [0, 1, 3].map(|index: usize| all[index].get()).to_vec();
    assert_eq!(set(&result.all), expected);

    // Nothing found: no MIN, MAX or ALL, but a count.
    let none = SearchKey::Subject(argument("nothing like that"));
    let answer = session.run(&returning(everything, false, none))?.ok();
    let result = answer.esearch();
    assert_eq!((result.min, result.max, result.count), (None, None, Some(0)));
    assert_eq!(set(&result.all), [0; 0]);
    Ok(())
}

fn saved(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    let save = |returns: &mut SearchReturn| (returns.save, returns.count) = (true, true);
    let answer = session.run(&returning(save, false, SearchKey::Subject(argument("apples"))))?.ok();
    assert_eq!(answer.esearch().count, Some(3));
    let numbers =
        |answer: &Answer| -> Vec<u32> { answer.fetches().map(|fetch| fetch.seq.get()).collect() };
    for uid in [false, true] {
        let answer = session
            .run(&Command::Fetch {
                messages: Messages::SavedResult { uid },
                items: Cow::Owned(vec![FetchItem::Flags]),
                modifiers: FetchModifiers::default(),
            })?
            .ok();
        assert_eq!(numbers(&answer), [1, 2, 4]);
    }
    let narrowed = SearchQuery::and([SearchKey::SavedResult.into(), SearchKey::Draft.into()]);
    let answer = session.run(&search(narrowed))?.ok();
    assert_eq!(answer.found(), [4]);
    session
        .run(&Command::Store {
            messages: Messages::SavedResult { uid: false },
            action: StoreAction::AddFlags(Cow::Borrowed(&[Flag::Deleted])),
            silent: false,
            unchanged_since: None,
        })?
        .ok();
    let answer = session.run(&search(SearchKey::Deleted))?.ok();
    assert_eq!(answer.found(), [1, 2, 4, 5]);
    Ok(())
}

fn window(server: &Server) -> Outcome {
    let (mut session, _) = server.open(&messages::six());
    let range = PartialRange { first: 1, last: 2 };
    let answer = session
        .run(&returning(|returns| returns.partial = Some(range), true, SearchKey::All))?
        .ok();
    assert!(answer.esearch().partial.is_some());
    Ok(())
}
