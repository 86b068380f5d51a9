"""Invented names: people, cities, departments, groups, services, products. Nobody here exists."""

FIRST_NAMES = (
    "Anna", "Björn", "Chloë", "Dmitri", "Emeka", "Fatima", "Gürkan", "Hanna", "Ines", "João", "Katarzyna",
    "Liam", "Mei", "Nikolaos", "Olga", "Priya", "Quentin", "Renée", "Søren", "Tomás", "Ulrike", "Valentina",
    "Wei", "Ximena", "Yūki", "Zoë", "Aisha", "Bogdan", "Carmen", "Dávid", "Elif", "François", "Grace", "Hiroshi",
    "Ivana", "Jean-Luc", "Kofi", "Lucía", "Márton", "Noor",
)  # fmt: skip
LAST_NAMES = (
    "O'Brien", "Müller", "García", "Nowak", "Østergaard", "Dubois", "Rossi", "Smith", "Van der Berg", "Çelik",
    "Papadopoulos", "Kovács", "Ivanova", "Tanaka", "Nguyễn", "Okafor", "Silva", "Lindström", "D'Angelo", "Schmidt",
    "Jones", "Patel", "Žižek", "Łukasik", "Fernández", "Meyer", "Weiß", "Brown", "Kim", "Haddad", "MacLeod",
    "Saint-Pierre", "de la Cruz", "Petrov", "Ahmed", "Moreau", "Björk", "Costa", "Horvat", "Sato",
)  # fmt: skip
CITIES = (
    ("Hamburg", "Germany"), ("Lyon", "France"), ("Porto", "Portugal"), ("Kraków", "Poland"), ("Leeds", "England"),
    ("Osaka", "Japan"), ("Austin", "United States"), ("Curitiba", "Brazil"), ("Pune", "India"), ("Malmö", "Sweden"),
    ("Zürich", "Switzerland"), ("Cork", "Ireland"), ("Brno", "Czechia"), ("Montréal", "Canada"), ("İzmir", "Türkiye"),
    ("Perth", "Australia"),
)  # fmt: skip
DEPARTMENTS = (
    "Finance", "Human Resources", "Sales", "Marketing", "Legal", "Research & Development", "Manufacturing", "Logistics",
    "Procurement", "Customer Care", "IT Operations", "IT Applications", "Facilities", "Quality",
)  # fmt: skip
JOB_TITLES = (
    "Analyst", "Engineer", "Manager", "Clerk", "Director", "Specialist", "Administrator", "Consultant", "Assistant",
    "Technician",
)  # fmt: skip

#: Assignment groups by discipline; the first of each gets most of the work.
GROUPS = {
    "service desk": ("Service Desk", "Service Desk Nights", "VIP Support"),
    "workplace": ("Workplace Europe", "Workplace Americas", "Printing", "Local IT", "Local IT"),
    "network": ("Network Operations", "Network Engineering", "Telephony", "WAN & Firewalls"),
    "servers": ("Server Operations", "Linux", "Windows", "Backup & Storage", "Virtualisation"),
    "databases": ("Databases", "Oracle", "SQL Server"),
    "applications": ("Application Support", "SAP Basis", "SAP Finance", "CRM", "Web Platform", "Integration",
                     "HR Systems", "Manufacturing Execution"),
    "security": ("Security Operations", "Identity & Access"),
}  # fmt: skip
#: Groups no ticket is ever given to: one without members, one switched off.
IDLE_GROUPS = (("Change Advisory Board", True), ("Mainframe (retired)", False))

SERVICES = (
    "E-Mail", "ERP Finance", "Web Shop", "CRM", "Payroll", "Internet Access", "File Services", "Telephony",
    "Manufacturing Execution", "Identity", "Data Warehouse", "Warehouse Logistics", "Intranet", "Printing",
    "Remote Access",
)  # fmt: skip
APPLICATIONS = (
    "SAP S/4", "Exchange", "Salesforce", "Shop Frontend", "Shop Checkout", "Payroll Engine", "Keycloak", "SharePoint",
    "MES Core", "WMS", "Kafka", "Print Server", "VPN Gateway", "DWH Loader", "PBX",
)  # fmt: skip
VENDORS = ("Northwind Hardware", "Contoso Networks", "Fabrikam Software", "Tailspin Telecom")
