"""What is said at home, in Spanish: commands, questions, and what the house announces.

Nouns are listed with their article; ``contract`` turns "de el" into "del" afterwards. A slot
followed by ``{o}`` takes the ending of its gender: "{cover} está abiert{o}".
"""

from __future__ import annotations

ROOM = (
    "la cocina,el dormitorio,el salón,el baño,el pasillo,el garaje,la oficina,el comedor,"
    "el jardín,el sótano,el ático,la terraza,la habitación,el cuarto de los niños,la entrada,"
    "el balcón"
)
SWITCH = (
    "la luz,las luces,la lámpara,el ventilador,la calefacción,la televisión,la radio,la cafetera,"
    "la lavadora,el lavavajillas,el altavoz,la impresora,el horno,la alarma,el termostato,"
    "la aspiradora,el riego,la cámara,la chimenea,el aire acondicionado,el calentador,"
    "el ordenador,la secadora,el humidificador,el enchufe,la estufa"
)
COVER = (
    "la puerta,la ventana,las persianas,las cortinas,la puerta principal,la puerta trasera,"
    "el portón,el toldo,la puerta del garaje,la persiana"
)
APPLIANCE = "la lavadora,el lavavajillas,la secadora,el horno,la cafetera,el robot,la arrocera"
COLOUR = "rojo,verde,azul,blanco,amarillo,naranja,morado,rosa,blanco cálido,blanco frío"
PERSON = "mamá,papá,ana,pedro,el médico,la abuela,los niños,maría,david,los vecinos,mi hermana"
FOOD = (
    "leche,huevos,pan,mantequilla,café,manzanas,tomates,queso,arroz,azúcar,plátanos,"
    "papel higiénico,jabón,cebollas,pasta,zumo de naranja,patatas,pollo,sal,harina"
)
TASK = (
    "regar las plantas,dar de comer al gato,dar de comer al perro,sacar la basura,"
    "llamar al médico,pagar el alquiler,pasear al perro,comprar leche,tomar la medicina,"
    "mirar el horno,cerrar la puerta,recoger a los niños"
)
WEATHER = "soleado,nublado,lluvioso,ventoso,frío,caluroso,tormentoso,fresco,húmedo,despejado"
DAY = "hoy,mañana,el lunes,el martes,el miércoles,el jueves,el viernes,el sábado,el domingo"
MONTH = "enero,febrero,marzo,abril,mayo,junio,julio,agosto,septiembre,octubre,noviembre,diciembre"
MUSIC = "jazz,rock,música clásica,las noticias,mi lista,música,música tranquila,la radio"
SCENE = "cine,cena,noche,lectura,fiesta,mañana,vacaciones,limpieza,trabajo"
ALERT = "humo,agua,movimiento,una fuga,una ventana abierta,una persona,gas"
UNIT = "segundos,minutos,horas"
GREETING = "buenos días,buenas tardes,buenas noches,hola,bienvenido a casa"
BATTERY = "la puerta,el sensor de movimiento,el mando,el timbre,el teléfono,el termostato,la alarma"

LISTS = {
    name: tuple(text.split(","))
    for name, text in {
        "room": ROOM, "switch": SWITCH, "cover": COVER, "appliance": APPLIANCE,
        "colour": COLOUR, "person": PERSON, "food": FOOD, "task": TASK, "weather": WEATHER,
        "day": DAY, "month": MONTH, "music": MUSIC, "scene": SCENE, "alert": ALERT,
        "unit": UNIT, "greeting": GREETING, "battery": BATTERY,
    }.items()
}  # fmt: skip

TEMPLATES = """
enciende {switch} de {room}
apaga {switch} de {room}
enciende {switch}
apaga {switch} en {room}
por favor enciende {switch} de {room}
por favor apaga {switch}
puedes encender {switch} de {room}
puedes apagar {switch}
apaga todas las luces de {room}
pon {switch} al {percent} por ciento
pon el termostato de {room} a {degrees} grados
pon la temperatura de {room} a {degrees} grados
pon la calefacción a {tenths} grados
baja la luz de {room} al {percent} por ciento
sube la luz de {room}
pon la luz de {room} en {colour}
cambia la luz de {room} a {colour}
abre {cover} de {room}
cierra {cover} de {room}
abre {cover}
cierra {cover} por favor
bloquea {cover}
desbloquea {cover}
está abiert{o} {cover}
está cerrad{o} {cover} de {room}
está encendid{o} {switch} de {room}
qué temperatura hace en {room}
qué humedad hay en {room}
qué tiempo hará {day}
va a estar {weather} {day}
pon un temporizador de {n} {unit}
pon un temporizador de {n} minutos y {n} segundos
pon una alarma a {time}
despiértame a {time} {day}
recuérdame {task} a {time}
recuérdame {task} {day}
añade {food} a la lista de la compra
añade {few} {food} a la lista de la compra
quita {food} de la lista de la compra
pon {music} en {room}
quiero escuchar {music}
pon el volumen al {percent} por ciento
baja el volumen en {room}
pon en marcha {appliance}
para {appliance}
cuánto le queda a {appliance}
enciende {switch} durante {n} minutos
llama a {person}
dile a {person} que la cena está lista
manda un mensaje a {person}
dónde está {person}
activa el modo {scene}
pon la escena de {scene} en {room}
{switch} de {room} está muy alt{o}
está muy {weather} en {room}
cuánto es {n} más {n}
cuánto es {n} por {n}
cuenta de {n} a {n}
el código es {digit} {digit} {digit} {digit}
cuántos días faltan para el {n} de {month}
qué pasa {day} {n} de {month}
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
la humedad en {room} es del {percent} por ciento
{greeting} hoy estará {weather}
{greeting} son {time} y hay {degrees} grados fuera
hoy estará {weather} con una máxima de {degrees} grados
mañana estará {weather} y {weather}
son {time}
tu temporizador de {n} minutos ha terminado
hay {alert} en {room}
atención se ha detectado {alert} en {room}
la batería de {battery} está al {percent} por ciento
la batería de {battery} está baja
{person} ha llegado a casa
{person} está llamando
la cena estará lista en {n} minutos
el consumo es de {large} vatios
los paneles solares producen {large} vatios
el próximo autobús sale en {n} minutos
tu paquete llegará {day} a {time}
no olvides {task}
se ha apagado {switch} de {room}
la luz de {room} sigue encendida
el precio es de {large} euros
""".strip().splitlines()

FIXED = """
para
sí
no
cancela
pausa
continúa
siguiente canción
canción anterior
sube el volumen
baja el volumen
más alto
más bajo
gracias
muchas gracias
no importa
ayuda
buenas noches
buenos días
buenas tardes
hola
adiós
estoy en casa
me voy
nos vamos
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
conecta la alarma
desconecta la alarma
dónde está mi teléfono
busca mis llaves
quién está en la puerta
cuéntame un chiste
cuéntame un cuento
qué puedes hacer
repite por favor
la cena está lista
el desayuno está listo
la comida está lista
la lavadora ha terminado
el lavavajillas ha terminado
la puerta principal está abierta
la puerta del garaje sigue abierta
hay alguien en la puerta
alguien llama a la puerta
está sonando el timbre
ha llegado el correo
ha llegado el paquete
el agua está hirviendo
está lloviendo
está nevando
es hora de ir a la cama
es hora de salir
el baño está listo
movimiento en el jardín
la alarma está conectada
la casa está vacía
todas las ventanas están cerradas
hay una ventana abierta y está lloviendo
buenos días hoy estará soleado
la prueba funciona
esto es una prueba
me oyes
la cocina está lista
""".strip().splitlines()


def contract(text: str) -> str:
    """Join prepositions and article as Spanish does."""
    text = f" {text} ".replace(" de el ", " del ").replace(" a el ", " al ")
    return text.strip()


def gender(noun: str) -> str:
    """Return the participle's ending for a noun with its article."""
    article = noun.split(maxsplit=1)[0]
    return {"la": "a", "las": "as", "los": "os"}.get(article, "o")
