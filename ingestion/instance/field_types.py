"""ServiceNow field types: label, scalar type and length, as `sys_glide_object` lists them.

Source: Table API reference, sections 1.2 and 5 (FT, DT).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldType:
    """One row of `sys_glide_object`; `max_length` is the default of a column of that type."""

    name: str
    label: str
    scalar_type: str
    max_length: int


_ROWS = """
GUID|Sys ID (GUID)|GUID|32
boolean|True/False|boolean|40
choice|Choice|string|40
collection|Collection|string|40
conditions|Conditions|string|4000
currency|Currency|decimal|20
decimal|Decimal|decimal|15
document_id|Document ID|GUID|32
domain_id|Domain ID|GUID|32
domain_path|Domain Path|string|255
due_date|Due Date|datetime|40
email|Email|string|100
field_name|Field Name|string|80
float|Floating Point Number|float|40
glide_date|Date|date|40
glide_date_time|Date/Time|datetime|40
glide_duration|Duration|datetime|40
glide_list|List|string|4000
glide_time|Time|datetime|40
html|HTML|string|65000
integer|Integer|integer|40
ip_addr|IP Address|string|40
journal|Journal|string|4000
journal_input|Journal Input|string|4000
journal_list|Journal List|string|4000
password|Password (1 Way Encrypted)|string|40
password2|Password (2 Way Encrypted)|string|255
percent_complete|Percent Complete|decimal|15
ph_number|Phone Number|string|40
price|Price|decimal|20
reference|Reference|GUID|32
string|String|string|40
sys_class_name|System Class Name|string|80
sys_class_path|System Class Path|string|255
table_name|Table Name|string|80
timer|Timer|datetime|40
translated_html|Translated HTML|string|65000
translated_text|Translated Text|string|255
url|URL|string|1024
user_image|Image|string|40
user_input|User Input|string|4000
user_roles|User Roles|string|255
xml|XML|string|1000000
"""

FIELD_TYPES: dict[str, FieldType] = {
    name: FieldType(name, label, scalar, int(length))
    for name, label, scalar, length in (line.split("|") for line in _ROWS.strip().splitlines())
}

NUMERIC_TYPES = frozenset({"integer", "decimal", "float", "percent_complete", "currency", "price"})
DATE_TIME_TYPES = frozenset({"glide_date_time", "due_date"})
DURATION_TYPES = frozenset({"glide_duration", "timer"})
JOURNAL_TYPES = frozenset({"journal", "journal_input", "journal_list"})
REFERENCE_TYPES = frozenset({"reference", "domain_id"})
