//! Members and types of a definition that are understood and not written, each with the reason.

const FORMULA: &str = "a formula could copy a field that is forbidden into one that is permitted, \
    so that formulas are neither made nor changed here";
const ROLL_UP: &str = "a roll-up summary could copy fields that are forbidden into one that is \
    permitted, so that none is made or changed here";
const MASTER: &str = "a master-detail relationship decides who may see records, so that none is \
    made or changed here; make a Lookup";
const ENCRYPTED: &str = "encrypted fields are neither made nor changed here";
const FILTER: &str = "a lookup filter could test fields that are forbidden, so that none is made \
    here";
const DEPENDENT: &str = "dependent picklists are not made here";
const VALUES: &str = "give the values of a picklist as `picklistValues`, a list of texts";
const NAME: &str = "a name is given beside the definition as `name`, and can't be changed";

/// Why a member is refused; `None` for one that isn't known at all, and for those that are taken.
pub(super) fn member(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "formula" | "formulatreatblanksas" | "defaultvalueformula" | "calculatedformula" => FORMULA,
        "summarizedfield" | "summaryforeignkey" | "summaryoperation" | "summaryfilteritems" => {
            ROLL_UP
        }
        "reparentablemasterdetail" | "writerequiresmasterread" | "relationshiporder" => MASTER,
        "encryptionscheme" | "maskchar" | "masktype" => ENCRYPTED,
        "lookupfilter" => FILTER,
        "controllingfield" | "valuesettings" => DEPENDENT,
        "valueset" => VALUES,
        "fullname" | "developername" => NAME,
        _ => return None,
    })
}

/// Why a field of a type is neither made nor changed.
pub(super) fn field_type(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "formula" => FORMULA,
        "summary" => ROLL_UP,
        "masterdetail" => MASTER,
        "encryptedtext" => ENCRYPTED,
        _ => return None,
    })
}
