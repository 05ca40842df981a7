//! The leases that come before a wait: those that the holder of its gate waits for. Must not know
//! gates, or who waits.

use super::folder::is_any_leased;
use crate::disk::{DiskFile, Folder, LockMode};
use crate::error::Result;
use std::sync::Arc;

/// The leases that the holder of a gate waits for.
#[derive(Debug)]
pub(super) enum Before {
    /// The key's lease, if its file was there.
    Lease(Option<Arc<dyn DiskFile>>),
    /// All leases in a store's folder: the gate is that of a `clear`. If this wait is a `clear`'s
    /// too, it waits for one of them.
    All(Arc<dyn Folder>, Option<Arc<dyn DiskFile>>),
}

impl Before {
    /// Returns the lease that the wait itself needs free, if its file was there.
    pub(super) fn lease(&self) -> Option<&Arc<dyn DiskFile>> {
        match self {
            Before::Lease(lease) | Before::All(_, lease) => lease.as_ref(),
        }
    }

    /// Returns true if nobody has a lease that the gate's holder may wait for. Asks for an exclusive
    /// lock, whatever this wait wants: a view keeps a waiting edit from the lease rightly.
    pub(super) fn is_free(&self) -> Result<bool> {
        let lease = match self {
            Before::Lease(None) => return Ok(true),
            Before::Lease(Some(lease)) => lease,
            Before::All(store, _) => {
                let is_lease = |name: &str| name.ends_with(".lease") && super::is_own(name);
                return Ok(!is_any_leased(&**store, is_lease)?);
            }
        };
        let is_free = lease.try_lock(LockMode::Exclusive)?;
        if is_free {
            lease.unlock()?;
        }
        Ok(is_free)
    }
}
