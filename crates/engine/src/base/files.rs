//! The files a plan lists, read from the machine.

use std::sync::Arc;

use capstan_plan::{FileId, Plan, PlanFile};

use super::{
    fault::{CapabilityFault, Fault, FaultKind},
    host::Host,
};

/// The files of one plan.
#[derive(Clone, Copy)]
pub(crate) struct PlanFiles<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) host: &'a Arc<dyn Host>,
}

impl<'a> PlanFiles<'a> {
    /// A file the plan lists.
    pub(crate) fn get(self, id: FileId) -> Result<&'a PlanFile, Fault> {
        self.plan.files.get(id).ok_or_else(|| Fault::new(FaultKind::Internal, "the plan has no such file"))
    }

    /// The content of a file.
    pub(crate) fn read(self, file: &PlanFile) -> Result<Vec<u8>, Fault> {
        let path = &file.path;
        self.host.read(path.as_str()).map_err(|error| {
            Fault::capability(CapabilityFault::FileUnreadable, format!("`{path}` cannot be read: {error}"))
        })
    }
}
