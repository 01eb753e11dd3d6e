//! [`FolderLimits`]: what a server told of the largest message of each folder (RFC 7889).

use std::collections::HashMap;

use crate::folder::FolderName;

/// The folders whose limits are remembered, at most.
const MOST: usize = 1024;

/// What STATUS told of the limits of folders; `None` is no limit.
#[derive(Debug, Default)]
pub(super) struct FolderLimits(HashMap<FolderName, Option<u64>>);

impl FolderLimits {
    pub(super) fn remember(&mut self, folder: &FolderName, limit: Option<u64>) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(folder.clone(), limit);
    }

    pub(super) fn get(&self, folder: &FolderName) -> Option<Option<u64>> {
        self.0.get(folder).copied()
    }

    /// A name may stand for another folder now.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut limits = FolderLimits::default();
        for number in 0..=MOST {
            limits.remember(&FolderName::new(&format!("f{number}")).unwrap(), None);
            assert!(limits.0.len() <= MOST);
        }
        assert!(limits.0.contains_key(&FolderName::new(&format!("f{MOST}")).unwrap()));
    }
}
