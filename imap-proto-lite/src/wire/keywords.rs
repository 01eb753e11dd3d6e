//! Closed lists of keywords.

/// Defines an enum of keywords, each variant with its word on the wire.
macro_rules! keywords {
    ($(#[$attribute:meta])* pub enum $name:ident {
        $($(#[$doc:meta])* $variant:ident $word:literal,)*
    }) => {
        $(#[$attribute])*
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every variant, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word on the wire.
            pub const fn keyword(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Finds the variant of a word, in any case.
            pub(crate) fn from_keyword(word: &[u8]) -> Option<Self> {
                let mut all = Self::ALL.iter().copied();
                all.find(|one| word.eq_ignore_ascii_case(one.keyword().as_bytes()))
            }
        }
    };
}
pub(crate) use keywords;
