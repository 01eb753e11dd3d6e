//! The required methods of [`Mailbox`](crate::Mailbox), which are the same text for both protocols:
//! each is an async method of the type, boxed.

/// The methods, for the `impl` of a type that has these async methods.
macro_rules! required_methods {
    () => {
        fn features(&self) -> FeatureSet {
            self.features_now()
        }

        fn selected(&self) -> Option<&OpenFolder> {
            self.open.as_ref()
        }

        fn delete(&mut self, ids: &IdSet) -> Result<()> {
            self.mark(ids)
        }

        fn undelete(&mut self, ids: &IdSet) -> Result<()> {
            self.unmark(ids)
        }

        fn open<'a>(
            &'a mut self,
            folder: &'a FolderName,
            access: Access,
        ) -> Answer<'a, OpenFolder> {
            // From now on, also if the future is never polled.
            self.open = None;
            Box::pin(self.select(folder, access))
        }

        fn status(&mut self) -> Answer<'_, FolderStatus> {
            Box::pin(self.count())
        }

        fn list<'a>(&'a mut self, request: &'a List) -> Answer<'a, Listing<'a>> {
            Box::pin(self.list_rows(request))
        }

        fn fetch<'a>(&'a mut self, id: &'a MessageId, part: &'a Part) -> Answer<'a, Body<'a>> {
            Box::pin(self.fetch_one(id, part))
        }

        fn fetch_many<'a>(&'a mut self, ids: &'a IdSet, part: &'a Part) -> Answer<'a, Bodies<'a>> {
            Box::pin(self.fetch_all(ids, part))
        }

        fn keep_alive(&mut self) -> Answer<'_, ()> {
            Box::pin(self.noop_when_quiet())
        }

        fn close(&mut self) -> Answer<'_, Report> {
            Box::pin(self.end_session())
        }
    };
}

pub(crate) use required_methods;
