//! `into_owned` of responses, written once for all of them.

use alloc::{
    borrow::{Cow, ToOwned},
    vec::Vec,
};
use core::num::NonZeroU32;

use crate::{
    command::Tag,
    types::{Flags, MailboxName, ModSeq, PartialRange, SeqNumber, Uid, UidValidity},
    wire::{IString, List, list::sealed::Element},
};

/// Values that can be turned into ones that borrow nothing.
pub(crate) trait Own {
    type Owned;
    fn own(self) -> Self::Owned;
}

impl<T: ToOwned + ?Sized + 'static> Own for Cow<'_, T> {
    type Owned = Cow<'static, T>;
    fn own(self) -> Cow<'static, T> {
        Cow::Owned(self.into_owned())
    }
}

impl<T: Own> Own for Option<T> {
    type Owned = Option<T::Owned>;
    fn own(self) -> Self::Owned {
        self.map(T::own)
    }
}

impl<T: Own> Own for Vec<T> {
    type Owned = Vec<T::Owned>;
    fn own(self) -> Self::Owned {
        self.into_iter().map(T::own).collect()
    }
}

impl<A: Own, B: Own> Own for (A, B) {
    type Owned = (A::Owned, B::Owned);
    fn own(self) -> Self::Owned {
        (self.0.own(), self.1.own())
    }
}

impl<E: Element> Own for List<'_, E> {
    type Owned = List<'static, E>;
    fn own(self) -> Self::Owned {
        self.into_owned()
    }
}

macro_rules! owned_already {
    ($($type:ty),*) => {
        $(impl $crate::response::own::Own for $type {
            type Owned = Self;
            fn own(self) -> Self {
                self
            }
        })*
    };
}

owned_already!(bool, u8, u32, u64, usize, NonZeroU32, Uid, SeqNumber, UidValidity, ModSeq);
owned_already!(PartialRange);

macro_rules! own_by_method {
    ($($name:ident),*) => {
        $(impl Own for $name<'_> {
            type Owned = $name<'static>;
            fn own(self) -> Self::Owned {
                self.into_owned()
            }
        })*
    };
}

own_by_method!(Flags, IString, MailboxName, Tag);

/// Implements `into_owned` field by field. Of an enum the variants with one unnamed field come
/// first; a variant without fields is written as `Name {}`.
macro_rules! into_owned {
    (@ $name:ident, $self:ident => $owned:expr) => {
        impl $name<'_> {
            /// Converts into an owned value.
            #[must_use]
            pub fn into_owned($self) -> $name<'static> {
                $owned
            }
        }

        impl $crate::response::own::Own for $name<'_> {
            type Owned = $name<'static>;
            fn own(self) -> Self::Owned {
                self.into_owned()
            }
        }
    };
    (struct $name:ident { $($field:ident),* }) => {
        $crate::response::own::into_owned! {
            @ $name, self => $name { $($field: $crate::response::own::Own::own(self.$field)),* }
        }
    };
    (enum $name:ident {
        $($tuple:ident),*;
        $($variant:ident { $($field:ident),* },)*
    }) => {
        $crate::response::own::into_owned! {
            @ $name, self => match self {
                $($name::$tuple(value) => $name::$tuple($crate::response::own::Own::own(value)),)*
                $($name::$variant { $($field),* } => $name::$variant {
                    $($field: $crate::response::own::Own::own($field)),*
                },)*
            }
        }
    };
}
pub(crate) use {into_owned, owned_already};
