//! GETQUOTAROOT (RFC 9208) and MYRIGHTS (RFC 4314).

use imap_proto_lite::{Command, response::Response};

use crate::{
    error::{Error, Result},
    feature::Feature,
    folder::FolderName,
    imap::{mailbox::ImapMailbox, naming::wire_name},
    quota::{Quota, Rights},
};

impl ImapMailbox {
    pub(super) async fn quotas(&mut self, folder: &FolderName) -> Result<Vec<Quota>> {
        let command = Command::GetQuotaRoot { mailbox: wire_name(folder)? };
        if !self.can(&command) {
            return Err(Error::Unsupported(Feature::Quota));
        }
        self.settle().await?;
        let id = self.send(&command)?;
        let limit = self.limits.folders;
        let (mut quotas, mut bytes, mut is_told, mut damage) = (Vec::new(), 0_u64, false, None);
        self.complete(id, "GETQUOTAROOT", &mut |_, response| {
            match response {
                Response::QuotaRoot(_) => is_told = true,
                Response::Quota(quota) => {
                    let root = quota.root.to_str_lossy();
                    for one in &quota.resources {
                        let name = one.name.to_str_lossy();
                        bytes += (root.len() + name.len() + size_of::<Quota>()) as u64;
                        if bytes <= limit {
                            quotas.push(Quota::from_server(&root, &name, one.usage, one.limit));
                        }
                    }
                    is_told = true;
                }
                Response::Malformed { raw } => {
                    damage = Some(Error::damaged(None, "a quota cannot be read", raw));
                }
                _ => return false,
            }
            true
        })
        .await?;
        match damage {
            Some(damage) => Err(damage),
            None if bytes > limit => Err(Error::limit("bytes of quotas", limit)),
            None if !is_told => Err(Error::inconsistent("the answer to GETQUOTAROOT has no root")),
            None => Ok(quotas),
        }
    }

    pub(super) async fn my_rights(&mut self, folder: &FolderName) -> Result<Rights> {
        let command = Command::MyRights { mailbox: wire_name(folder)? };
        if !self.can(&command) {
            return Err(Error::Unsupported(Feature::Rights));
        }
        self.settle().await?;
        let id = self.send(&command)?;
        let mut found = Err(Error::inconsistent("the answer to MYRIGHTS has no rights"));
        self.complete(id, "MYRIGHTS", &mut |_, response| {
            match response {
                Response::MyRights { rights, .. } => found = Ok(Rights::new(rights.to_str_lossy())),
                Response::Malformed { raw } if found.is_err() => {
                    found = Err(Error::damaged(None, "the rights cannot be read", raw));
                }
                _ => return false,
            }
            true
        })
        .await?;
        found
    }
}
