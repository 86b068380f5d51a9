"""What tickets are about, as desks and monitors write it: one problem a line.

A line is a style and the ways in which the problem is put, the usual one first. Styles: `m` a machine wrote it, from
one template; else the language a person wrote it in. `{host}` and so on stand for what varies. Lines that look
alike are decoys: other problems in nearly the same words.
"""

FAMILIES = """
m | Disk usage on {host} is above {n}% | Disk usage on {host} is above {n}%!
m | CPU utilization on {host} exceeded {n}% for {n} minutes
m | Memory utilization on {host} exceeded {n}% for {n} minutes
m | Host {host} ({ip}) is DOWN
m | Host {host} ({ip}) is UP
m | PROBLEM: Service HTTP on {host} is CRITICAL
m | PROBLEM: Service HTTPS on {host} is CRITICAL
m | PROBLEM: Service SSH on {host} is CRITICAL
m | PROBLEM: Service SMTP on {host} is CRITICAL
m | RECOVERY: Service HTTP on {host} is OK
m | Interface GigabitEthernet{n}/0/{n} on {host} down
m | Interface GigabitEthernet{n}/0/{n} on {host} up
m | Backup job {n} for {host} failed with exit code {n}
m | Backup job {n} for {host} completed with warnings
m | Restore job {n} for {host} failed with exit code {n}
m | Certificate for {host} expires on {date}
m | Certificate for {host} expired on {date}
m | Failed login attempts for {mail} from {ip}
m | Successful login for {mail} from {ip} outside office hours
m | Account locked out: {mail}
m | Account unlocked: {mail}
m | ORA-{n}: unable to extend table in tablespace USERS on {host}
m | ORA-{n}: deadlock detected while waiting for resource on {host}
m | Replication lag on {host} is {n} seconds
m | Replication stopped on {host}
m | Container {hex} on {host} restarted {n} times
m | Container {hex} on {host} stopped
m | Queue INVOICE.IN depth {n} exceeds threshold
m | Queue INVOICE.OUT depth {n} exceeds threshold
m | Queue ORDER.IN depth {n} exceeds threshold
m | Job nightly_load aborted at {time}: exit code {n}
m | Job nightly_export aborted at {time}: exit code {n}
m | Job daily_load aborted at {time}: exit code {n}
m | Batch run {n} finished late at {time}
m | UPS {host} on battery since {time}
m | UPS {host} battery replacement required
m | Temperature in rack {n} is {n} degrees
m | Humidity in rack {n} is {n} percent
m | Malware detected in {path} on {host}
m | Malware removed from {path} on {host}
m | Unhandled exception {hex} in module billing, request {guid}
m | Unhandled exception {hex} in module shipping, request {guid}
m | File {path} not received by {time}
m | File {path} received twice on {date}
m | Ping loss to {ip} is {n}%
m | BGP neighbor {ip} went down
m | BGP neighbor {ip} established
m | VM {host} powered off by {mail}
m | VM {host} powered on by {mail}
m | Snapshot of {host} older than {n} days
m | URL https://{host}/login answers HTTP {n}
m | Link to {ip} switched from primary to secondary
m | Link to {ip} switched from secondary to primary
m | Data transfer from {host} to SAP failed
m | Data transfer from SAP to {host} failed
m | Speicherplatz auf {host} zu {n}% belegt
m | Dienst Spooler auf {host} beendet
m | Dienst Spooler auf {host} gestartet
m | Sauvegarde de {host} en erreur, code {n}
m | Espace disque insuffisant sur {host} : {n}%
m | El servidor {host} no responde
m | Copia de seguridad de {host} fallida el {date}
en | Printer offline on floor {n} | Printer on floor {n} offline | Printer is offline, floor {n}
en | Printer online but paper jam on floor {n} | Printer online, but paper jam, floor {n}
en | Printer not printing | Printer is not printing | The printer doesn't print | Printer does not print
en | Printer prints blank pages | Printer is printing blank pages
en | Printer out of toner | Toner empty in printer
en | Printer out of paper
en | Cannot login to SAP | Can't log in to SAP | SAP cannot login | Unable to login to SAP
en | Cannot logout of SAP | Can't log out of SAP
en | Cannot login to Citrix | Can't log in to Citrix | Unable to log in to Citrix
en | Cannot login to Workday | Can't log in to Workday
en | Cannot login to Jira | Unable to login to Jira
en | SAP MM posting error | Posting error in SAP MM
en | SAP SD posting error | Posting error in SAP SD
en | SAP FI posting error | Posting error in SAP FI
en | SAP CO posting error
en | SAP password reset | Password reset for SAP | Reset password SAP
en | Windows password reset | Reset Windows password | Password reset Windows
en | Salesforce password reset | Reset password in Salesforce | Password reset for Salesforce
en | Password expired | My password has expired | Password is expired
en | Password expires soon
en | Account locked | My account is locked | Account is locked
en | Please unlock account
en | Outlook crashes when opening attachments | Outlook crashes when opening an attachment
en | Outlook not starting | Outlook does not start | Outlook won't start
en | Outlook search not working | Search in Outlook does not work | Outlook search doesn't work
en | Outlook calendar not syncing | Calendar in Outlook is not syncing
en | Outlook calendar shows wrong time zone
en | Outlook rules not working | Outlook rules don't work
en | Teams not starting | Teams does not start | Teams won't start
en | Teams meeting no sound | No sound in Teams meeting
en | Teams meeting no video | No video in Teams meeting
en | Teams screen sharing not working | Screen sharing in Teams not working
en | Zoom meeting no sound | No sound in Zoom meeting
en | Team calendar missing
en | VPN not connecting | VPN does not connect | VPN won't connect | VPN is not connecting
en | VPS not connecting | VPS does not connect
en | VPN disconnects every few minutes | VPN keeps disconnecting every few minutes
en | VPN connected but no network drives
en | WiFi very slow in meeting room {n} | Very slow wifi in meeting room {n} | Wi-Fi very slow in meeting room {n}
en | WiFi not available in warehouse | Wi-Fi not available in warehouse
en | LAN not available in warehouse
en | Laptop does not boot | Laptop not booting | Laptop won't boot
en | Laptop battery drains quickly | Battery of laptop drains quickly
en | Laptop screen flickering | Screen of laptop flickering
en | Laptop screen broken | Broken laptop screen
en | Laptop keyboard broken | Broken keyboard on laptop
en | Monitor flickering at desk {n}
en | Mouse not working | Mouse doesn't work | Mouse does not work
en | Keyboard not working | Keyboard doesn't work
en | Headset not working | Headset does not work | My headset doesn't work
en | New laptop for starter on {date} | Starter on {date}: new laptop
en | New phone for starter on {date}
en | Laptop return for leaver on {date}
en | Access to shared drive required | Shared drive access required
en | Access to shared mailbox required | Shared mailbox access required
en | Remove access to shared mailbox
en | Install Visio please | Please install Visio
en | Uninstall Visio please | Please uninstall Visio
en | Install Project please | Please install Project
en | Install Acrobat | Please install Acrobat | Acrobat install please
en | Contact form on website not loading | Website contact form not loading
en | Contract form on website not loading | Website contract form not loading
en | Invoice approval workflow stuck | Workflow for invoice approval stuck
en | Purchase approval workflow stuck
en | Invoice import failed | Import of invoice failed
en | Invoice export failed | Export of invoice failed
en | Order import failed | Import of order failed
en | Copy data from CRM to SAP failed
en | Copy data from SAP to CRM failed
en | Scanner not recognised by computer
en | Scan to mail not working | Scan to mail does not work
en | Scan to folder not working | Scan to folder does not work
en | Excel file corrupt after saving
en | Excel file read only
en | Excel macro error {n} | Macro error {n} in Excel
en | Word template missing | Missing Word template
en | Website certificate warning | Certificate warning on website
en | Intranet page not found
en | Internet page not found
en | Internal phone line dead | Phone line internal dead
en | External phone line dead
en | Phone has no dial tone | No dial tone on phone
en | Phishing mail received | Received phishing mail | Received a phishing mail
en | Spam mail received
en | Suspicious mail attachment opened by user
en | Deleted file must be restored | Restore deleted file
en | Update stuck at {n} percent
en | Upgrade stuck at {n} percent
en | Blue screen after update | After update blue screen
en | Blue screen before login
en | Application freezes while saving
en | Application freezes while printing
en | Two factor authentication code not received | Code for two factor authentication not received
en | Badge reader at entrance not working | Badge reader not working at entrance
en | Projector in room {n} no signal | No signal on projector in room {n}
en | Mobile device enrolment failed | Enrolment of mobile device failed
en | Timesheet cannot be submitted
en | Timesheet cannot be approved
en | Payroll report shows wrong totals
en | Payroll report is empty
de | Drucker druckt nicht | Der Drucker druckt nicht | Mein Drucker druckt nicht
de | Drucker offline | Drucker ist offline
de | Drucker zieht kein Papier ein
de | Passwort abgelaufen | Mein Passwort ist abgelaufen | Passwort ist abgelaufen
de | Passwort vergessen | Habe mein Passwort vergessen
de | Konto gesperrt | Mein Konto ist gesperrt
de | Konto bitte entsperren | Bitte Konto entsperren
de | Anmeldung an SAP nicht möglich | SAP Anmeldung nicht möglich
de | Abmeldung an SAP nicht möglich
de | Anmeldung an Citrix nicht möglich | Citrix Anmeldung nicht möglich
de | Netzlaufwerk nicht verfügbar | Das Netzlaufwerk ist nicht verfügbar
de | Netzlaufwerk verbinden | Bitte Netzlaufwerk verbinden
de | Outlook startet nicht
de | Outlook stürzt beim Öffnen von Anhängen ab
de | Bildschirm bleibt schwarz | Der Bildschirm bleibt schwarz
de | Bildschirm flackert | Der Bildschirm flackert
de | Keine Verbindung zum VPN | Verbindung zum VPN nicht möglich
de | Verbindung zum VPN bricht ständig ab
de | Rechnung kann nicht gebucht werden
de | Rechnung kann nicht gedruckt werden
de | Kasse {n} geht nicht
de | Klasse {n} geht nicht
de | Kein Ton im Besprechungsraum {n} | Im Besprechungsraum {n} kein Ton
de | Kein Bild im Besprechungsraum {n} | Im Besprechungsraum {n} kein Bild
de | Neuer Mitarbeiter zum {date}
de | Austritt Mitarbeiter zum {date}
de | Internet sehr langsam | Sehr langsames Internet
de | Störung Telefonanlage | Telefonanlage Störung
de | Zugriff auf Ordner Vertrieb benötigt
de | Zugriff auf Ordner Einkauf benötigt
fr | Imprimante hors ligne | L'imprimante est hors ligne | Imprimante est hors ligne
fr | L'imprimante n'imprime plus | Imprimante n'imprime plus
fr | Bourrage papier imprimante | Bourrage papier dans l'imprimante
fr | Mot de passe oublié | J'ai oublié mon mot de passe
fr | Mot de passe expiré | Mon mot de passe est expiré
fr | Compte bloqué | Mon compte est bloqué
fr | Compte débloqué par erreur
fr | Impossible de se connecter au VPN | Connexion VPN impossible
fr | Connexion VPN très lente | La connexion VPN est très lente
fr | Écran noir au démarrage | Au démarrage écran noir
fr | Écran bleu au démarrage
fr | Messagerie indisponible | La messagerie est indisponible
fr | Téléphone sans tonalité
fr | Changement de poste prévu le {date}
fr | Chargement de poste prévu le {date}
fr | Demande d'accès au dossier Ventes
fr | Demande d'accès au dossier Achats
es | Impresora sin conexión | La impresora está sin conexión
es | La impresora no imprime | Impresora no imprime
es | Contraseña caducada | Mi contraseña está caducada
es | Olvidé mi contraseña
es | Cuenta bloqueada | Mi cuenta está bloqueada
es | No puedo acceder al correo
es | No puedo acceder al portal
es | Red muy lenta en la oficina | La red está muy lenta en la oficina
es | Pantalla negra al iniciar
es | Pantalla azul al iniciar
es | El ratón no funciona | Ratón no funciona
es | El teclado no funciona | Teclado no funciona
es | Error al enviar factura
es | Error al recibir factura
it | La stampante non stampa | Stampante non stampa
it | Password scaduta | La password è scaduta
it | Posta elettronica non funziona | La posta elettronica non funziona
nl | Printer doet het niet
nl | Wachtwoord verlopen | Mijn wachtwoord is verlopen
pt | Impressora não imprime | A impressora não imprime
pt | Senha expirada | Minha senha expirada
pl | Drukarka nie drukuje
pl | Hasło wygasło
ja | プリンターが印刷できません
ja | プリンターがオフラインです
ja | パスワードを忘れました
ru | Принтер не печатает
ru | Принтер не включается
"""
