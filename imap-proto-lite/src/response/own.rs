//! `into_owned` of the values in a [`ResponseCode`](crate::response::ResponseCode), which outlives
//! its line.

use crate::{
    types::{ModSeq, UidValidity},
    wire::{IString, List, list::sealed::Element},
};

/// Values that can be turned into ones that borrow nothing.
pub(crate) trait Own {
    type Owned;
    fn own(self) -> Self::Owned;
}

impl<T: Own> Own for Option<T> {
    type Owned = Option<T::Owned>;
    fn own(self) -> Self::Owned {
        self.map(T::own)
    }
}

impl<E: Element> Own for List<'_, E> {
    type Owned = List<'static, E>;
    fn own(self) -> Self::Owned {
        self.into_owned()
    }
}

macro_rules! own {
    ($($type:ty => $owned:ty: $method:ident;)*) => {
        $(impl Own for $type {
            type Owned = $owned;
            fn own(self) -> $owned {
                self.$method()
            }
        })*
    };
}

own! {
    IString<'_> => IString<'static>: into_owned;
    u32 => u32: into;
    u64 => u64: into;
    ModSeq => ModSeq: into;
    UidValidity => UidValidity: into;
}
