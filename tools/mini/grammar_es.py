"""What is said at home, in Spanish: commands, questions, and what the house announces.

Nouns are listed with their article; ``contract`` turns "de el" into "del" afterwards. A slot
followed by ``{o}`` takes the ending of its gender: "{cover} está abiert{o}".
"""

from __future__ import annotations

ROOM = "la cocina,el dormitorio,el salón,el baño,el pasillo,el garaje,la oficina,el jardín"
SWITCH = (
    "la luz,las luces,la lámpara,el ventilador,la calefacción,la televisión,la radio,la cafetera,la alarma,la estufa"
)
COVER = "la puerta,la ventana,las persianas,las cortinas,la puerta principal,la puerta trasera,la puerta del garaje"
APPLIANCE = "la lavadora,el lavavajillas,la secadora,el horno,la cafetera"
COLOUR = "rojo,verde,azul,blanco,amarillo"
PERSON = "mamá,papá,ana,pedro"
FOOD = "leche,huevos,pan,café,manzanas"
WEATHER = "soleado,nublado,lluvioso,frío,caluroso"
DAY = "hoy,mañana,el lunes,el martes,el miércoles,el jueves,el viernes,el sábado,el domingo"
MUSIC = "jazz,música,las noticias,la radio"
SCENE = "cine,cena,noche,mañana"
ALERT = "humo,agua,movimiento,alguien"
UNIT = "segundos,minutos,horas"
GREETING = "buenos días,buenas tardes,buenas noches,hola,bienvenido a casa"

LISTS = {
    name: tuple(text.split(","))
    for name, text in {
        "room": ROOM, "switch": SWITCH, "cover": COVER, "appliance": APPLIANCE,
        "colour": COLOUR, "person": PERSON, "food": FOOD, "weather": WEATHER, "day": DAY,
        "music": MUSIC, "scene": SCENE, "alert": ALERT, "unit": UNIT, "greeting": GREETING,
    }.items()
}  # fmt: skip

TEMPLATES = """
enciende {switch} de {room}
apaga {switch} de {room}
enciende {switch}
apaga {switch} en {room}
por favor enciende {switch} de {room}
por favor apaga {switch}
apaga todas las luces de {room}
pon {switch} al {percent} por ciento
pon la calefacción de {room} a {degrees} grados
pon la temperatura de {room} a {degrees} grados
pon la calefacción a {tenths} grados
baja la luz de {room} al {percent} por ciento
sube la luz de {room}
pon la luz de {room} en {colour}
abre {cover} de {room}
cierra {cover} de {room}
abre {cover}
cierra {cover} por favor
está abiert{o} {cover}
está cerrad{o} {cover} de {room}
qué temperatura hace en {room}
qué tiempo hará {day}
va a estar {weather} {day}
pon un temporizador de {n} {unit}
pon un temporizador de {n} minutos y {n} segundos
pon una alarma a {time}
recuérdame llamar a {person} a {time}
recuérdame llamar a {person} {day}
añade {food} a la lista de la compra
añade {few} {food} a la lista de la compra
quita {food} de la lista de la compra
pon {music} en {room}
pon {music}
pon el volumen al {percent} por ciento
baja el volumen en {room}
para {appliance}
enciende {switch} durante {n} minutos
enciende {appliance} en {n} minutos
llama a {person}
dile a {person} que la cena está lista
dónde está {person}
pon el modo {scene}
pon el modo {scene} en {room}
está muy {weather} en {room}
cuánto es {n} más {n}
el código es {digit} {digit} {digit} {digit}
{appliance} ha terminado
{appliance} de {room} ha terminado
{appliance} estará list{o} en {n} minutos
{cover} está abiert{o}
{cover} de {room} lleva abiert{o} {n} minutos
{cover} está cerrad{o}
hay alguien en {cover}
la temperatura en {room} es de {tenths} grados
la temperatura en {room} es de {degrees} grados
hay {tenths} grados en {room}
{greeting} hoy estará {weather}
{greeting} son {time} y hay {degrees} grados
mañana estará {weather} y {weather}
son {time}
tu temporizador de {n} minutos ha terminado
hay {alert} en {room}
atención hay {alert} en {room}
{person} está en casa
{person} está en {cover}
{person} está llamando
la cena estará lista en {n} minutos
la luz de {room} está encendida
""".strip().splitlines()

FIXED = """
para
sí
no
cancela
pausa
siguiente canción
sube el volumen
baja el volumen
gracias
ayuda
buenas noches
buenos días
buenas tardes
hola
estoy en casa
me voy
bienvenido a casa
qué hora es
qué día es hoy
cancela el temporizador
para la alarma
pausa la música
para la música
apágalo todo
apaga todas las luces
enciende todas las luces
dónde está mi teléfono
quién está en la puerta
la cena está lista
el desayuno está listo
la comida está lista
la lavadora ha terminado
el lavavajillas ha terminado
la puerta principal está abierta
hay alguien en la puerta
ha llegado el paquete
está lloviendo
es hora de ir a la cama
todas las ventanas están cerradas
hay una ventana abierta y está lloviendo
buenos días hoy estará soleado
esto es una prueba
me oyes
""".strip().splitlines()


def contract(text: str) -> str:
    """Join prepositions and article as Spanish does."""
    text = f" {text} ".replace(" de el ", " del ").replace(" a el ", " al ")
    return text.strip()


def gender(noun: str) -> str:
    """Return the participle's ending for a noun with its article."""
    article = noun.split(maxsplit=1)[0]
    return {"la": "a", "las": "as", "los": "os"}.get(article, "o")
