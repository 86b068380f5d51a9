"""Words that are one slip apart and mean different things, as they occur in titles of tickets.

Gathered by listing what `typos` would take for one another among the frequent words of English, German, French and
Spanish software documentation, and by what support desks deal in. A missing pair joins two problems; a superfluous
one leaves a misspelling in a group of its own. The singular stands for the plural.
"""

_ENGLISH = """
alignment/assignment angel/angle asset/assert bared/barred batch/bath board/broad
cache/catch calm/clam carrier/career caching/catching casual/causal cause/clause choose/chose collection/connection
competing/completing complaint/compliant complement/compliment compress/compares confirm/conform contact/contract
content/context contention/convention continuous/contiguous conversation/conservation cooperation/corporation
correction/connection county/country dairy/diary decent/descent decoded/decided derive/drive desert/dessert
diner/dinner driver/diver exist/exit existed/exited expansive/expensive extensive/expensive falling/filling
farther/further filing/filling finder/finer format/formal forth/fourth handed/handled hoping/hopping
inserting/inverting internal/interval internet/intranet invoice/invoke later/latter launch/lunch layer/lawyer
liner/linker liner/linter loose/lose manager/manger marital/martial message/massage missing/messing
model/modal module/modulus multiple/multiply naive/native nothing/noting override/overrode parent/patent
parity/party payment/pavement personal/personnel phase/phrase picking/packing picking/pickling place/palace
planed/planned player/prayer policy/police polling/pooling polling/pulling portal/postal portal/portable
preceding/proceeding presented/prevented preset/present process/progress progress/profess projection/protection
promoted/prompted proof/prof quiet/quite quitting/quoting  recorder/reorder
recurring/recursing region/religion relied/replied remaining/retaining replies/relies replacing/replaying
reporting/resorting reset/resent resource/recourse retired/retried reuse/refuse reversing/reverting
sacred/scared scaring/scarring schema/scheme seeding/speeding sensor/senior series/serious server/sever sever/severe
server/severe shadow/shallow shelf/shell shift/swift shipping/shopping signal/single site/suite slice/splice
spaces/species speed/seed staff/stuff stable/stale staring/starring started/stated started/starred starting/stating
statue/status stepping/stopping storage/shortage storing/string stream/steam striped/stripped
tablet/table taking/talking thread/threat through/though through/thorough
throughout/throughput tracing/tracking tracker/tracer trail/trial trapped/tripped tuning/turning unassigned/unsigned
unblock/unlock united/untied vacation/vocation valve/value warning/warming warning/wanting weather/whether
window/widow writing/wiring there/three transit/transmit remainder/reminder neural/neutral
nuclear/unclear promoting/prompting contacting/contracting retain/retrain compressed/comprised adaption/adoption
automation/automaton reaction/redaction redaction/reduction overwrite/overwrote breadth/breath arise/raise
"""
_GERMAN = """
abfangen/anfangen abfrage/anfrage abgelegt/angelegt abhangig/anhangig ablegen/anlegen abmelden/anmelden
abschalten/anschalten abschalten/ausschalten anderung/anderen angaben/angeben anhang/anfang anordnung/anforderung
auffuhren/ausfuhren auffullen/ausfullen aufgeben/ausgeben ausgaben/ausgeben auslassen/auslesen auslesen/auslosen
ausgelost/aufgelost benutzer/benutzter bereit/breit bericht/bricht betreten/beitreten
dateiformat/datenformat dateigrosse/datengrosse drucker/drucken eingaben/eingeben einige/einzige fenster/fester
gebunden/gefunden geladen/gelassen gelesen/gelassen gestartet/gestattet kasse/klasse keine/kleine keiner/kleiner
keinen/kleinen kennzeichen/kennzeichnen kopfe/knopfe laden/landen leiste/liste leisten/leiten lesen/losen liegen/legen
markierung/maskierung mobil/mobel offen/offnen offene/offnen order/ordner passiert/pausiert
quellformat/querformat rechnung/rechnen recht/reicht rechte/rechner schalter/schalten schlange/schlage sehen/stehen
starte/state statt/stadt stelle/stille unbekannt/unbenannt veraltet/verwaltet verbinden/verbunden
verhalten/verwalten verletzen/versetzen versenden/verwenden verschieben/verschieden versehen/verstehen warten/waren
warten/warnen wieder/weder zahlen/zahlten zeichen/zeichnen zeile/ziele zeiten/zweiten
"""
_ROMANCE = """
atteinte/attente attendre/atteindre casse/chasse casse/classe chaine/chine changement/chargement changer/charger
compress/compris courrier/coursier derniere/derriere dessous/dessus elever/enlever entre/entree faible/fiable
fichier/ficher file/fille interieur/inferieur interne/internet langue/longue liens/lignes lire/livre monter/montrer
parite/partie porte/poste preuve/prevue recharger/rechanger reparer/reperer repeter/reperer reset/reste
reussie/russie sainte/sante signaler/signer tete/texte transfert/transport valle/vallee veille/vieille veille/ville
cargado/cargando cauca/caduca conectar/conector contrato/contacto contar/contra cuarto/cuatro
cuenta/cuesta descargar/descartar descargado/descartado entera/entra enero/entero fecha/flecha firmado/formado
libreria/liberia marcado/mercado pasado/pausado padre/pares parte/pares pedido/perdido
personal/personaje resaltado/resultado resaltar/resultar sobra/sombra transaccion/transicion
"""

CONFUSABLE = frozenset(frozenset(pair.split("/")) for pair in f"{_ENGLISH} {_GERMAN} {_ROMANCE}".split())
