//! Searches, from a seed.

use imap_proto_lite::{
    search::{SearchKey, SearchQuery, SearchReturn, SortCriterion, SortKey},
    sequence::ModSeq,
};

use super::Gen;

impl Gen {
    fn search_key(&mut self) -> SearchKey<'static> {
        match self.below(48) {
            0 => SearchKey::All,
            1 => SearchKey::Answered,
            2 => SearchKey::Deleted,
            3 => SearchKey::Draft,
            4 => SearchKey::Flagged,
            5 => SearchKey::Seen,
            6 => SearchKey::Recent,
            7 => SearchKey::New,
            8 => SearchKey::Old,
            9 => SearchKey::Unanswered,
            10 => SearchKey::Undeleted,
            11 => SearchKey::Undraft,
            12 => SearchKey::Unflagged,
            13 => SearchKey::Unseen,
            14 => SearchKey::Keyword(self.keyword()),
            15 => SearchKey::Unkeyword(self.keyword()),
            16 => SearchKey::Bcc(self.argument()),
            17 => SearchKey::Body(self.argument()),
            18 => SearchKey::Cc(self.argument()),
            19 => SearchKey::From(self.argument()),
            20 => SearchKey::Subject(self.argument()),
            21 => SearchKey::Text(self.argument()),
            22 => SearchKey::To(self.argument()),
            23 => SearchKey::Header { name: self.header_name(), value: self.argument() },
            24 => SearchKey::Before(self.date()),
            25 => SearchKey::On(self.date()),
            26 => SearchKey::Since(self.date()),
            27 => SearchKey::SentBefore(self.date()),
            28 => SearchKey::SentOn(self.date()),
            29 => SearchKey::SentSince(self.date()),
            30 => SearchKey::SavedBefore(self.date()),
            31 => SearchKey::SavedOn(self.date()),
            32 => SearchKey::SavedSince(self.date()),
            33 => SearchKey::Larger(self.number64()),
            34 => SearchKey::Smaller(self.number64()),
            35 => SearchKey::Older(self.nz().get()),
            36 => SearchKey::Younger(self.nz().get()),
            37 => SearchKey::Sequence(self.set()),
            38 => SearchKey::Uid(self.set()),
            39 => SearchKey::SavedResult,
            40 => SearchKey::ModSeq(ModSeq::new(self.number64())),
            41 => SearchKey::EmailId(self.atom()),
            42 => SearchKey::GmailRaw(self.argument()),
            43 => SearchKey::GmailMessageId(self.number64()),
            44 => SearchKey::GmailLabel(self.argument()),
            45 => SearchKey::ThreadId(self.atom()),
            46 => SearchKey::SaveDateSupported,
            _ => SearchKey::GmailThreadId(self.number64()),
        }
    }

    pub(crate) fn query(&mut self, depth: usize) -> SearchQuery<'static> {
        match self.below(if depth == 0 { 1 } else { 4 }) {
            1 => SearchQuery::not(self.query(depth - 1)),
            2 => SearchQuery::or(self.query(depth - 1), self.query(depth - 1)),
            3 => {
                let queries = self.many(2, 4, |gen_| gen_.query(depth - 1));
                SearchQuery::and(queries)
            }
            _ => self.search_key().into(),
        }
    }

    pub(crate) fn search_return(&mut self) -> SearchReturn {
        let mut returns = SearchReturn::default();
        returns.min = self.chance();
        returns.max = self.chance();
        returns.all = true;
        returns.count = self.chance();
        returns.save = self.chance();
        returns.partial = self.option(Self::partial_range);
        returns
    }

    pub(crate) fn sort_criterion(&mut self) -> SortCriterion {
        SortCriterion {
            key: self.pick(&[
                SortKey::Arrival,
                SortKey::Cc,
                SortKey::Date,
                SortKey::From,
                SortKey::Size,
                SortKey::Subject,
                SortKey::To,
                SortKey::DisplayFrom,
                SortKey::DisplayTo,
            ]),
            reverse: self.chance(),
        }
    }
}
