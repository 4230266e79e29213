"""What is said at home, in English: commands, questions, and what the house announces."""

from __future__ import annotations

ROOM = "kitchen,bedroom,living room,bathroom,hallway,garage,office,garden"
SWITCH = "light,lights,lamp,fan,television,radio,coffee machine,alarm,heating"
COVER = "door,window,blinds,curtains,gate,garage door,front door,back door"
APPLIANCE = "washing machine,dishwasher,dryer,oven,coffee machine"
COLOUR = "red,green,blue,white,yellow"
PERSON = "mom,dad,anna,peter"
FOOD = "milk,eggs,bread,coffee,apples"
WEATHER = "sunny,cloudy,rainy,windy,cold,warm"
DAY = "today,tomorrow,monday,tuesday,wednesday,thursday,friday,saturday,sunday"
MUSIC = "jazz,some music,the news,the radio"
SCENE = "movie,dinner,night,morning"
ALERT = "smoke,water,movement,someone"
UNIT = "seconds,minutes,hours"
GREETING = "good morning,good evening,hello,welcome home"

LISTS = {
    name.lower(): tuple(text.split(","))
    for name, text in {
        "room": ROOM, "switch": SWITCH, "cover": COVER, "appliance": APPLIANCE,
        "colour": COLOUR, "person": PERSON, "food": FOOD, "weather": WEATHER, "day": DAY,
        "music": MUSIC, "scene": SCENE, "alert": ALERT, "unit": UNIT, "greeting": GREETING,
    }.items()
}  # fmt: skip

TEMPLATES = """
turn on the {room} {switch}
turn off the {room} {switch}
turn the {switch} on
turn the {switch} off in the {room}
turn on the {switch} in the {room}
turn off the {switch}
please turn the {room} {switch} off
please turn on the {switch} in the {room}
turn off all the lights in the {room}
set the {switch} to {percent} percent
set the {room} heating to {degrees} degrees
set the temperature in the {room} to {degrees} degrees
set the heating to {tenths} degrees
set the {room} lights to {percent} percent
make the {room} lights {colour}
set the {room} light to {colour}
open the {room} {cover}
close the {room} {cover}
open the {cover}
close the {cover} please
is the {cover} open
is the {cover} in the {room} closed
is the {switch} on in the {room}
what is the temperature in the {room}
what is the weather {day}
will it be {weather} {day}
set a timer for {n} {unit}
set a timer for {n} minutes and {n} seconds
set an alarm for {time}
wake me up at {time} {day}
remind me to call {person} at {time}
remind me to call {person} {day}
add {food} to the shopping list
add {few} {food} to the shopping list
remove {food} from the shopping list
play {music} in the {room}
play {music}
set the volume to {percent} percent
turn the volume down in the {room}
start the {appliance}
start the {appliance} in {n} minutes
stop the {appliance}
call {person}
tell {person} that dinner is ready
where is {person}
start {scene} mode
start the {scene} mode in the {room}
it is too {weather} in the {room}
what is {n} plus {n}
the code is {digit} {digit} {digit} {digit}
the {appliance} has finished
the {appliance} in the {room} has finished
the {appliance} will be ready in {n} minutes
the {cover} is open
the {room} {cover} has been open for {n} minutes
the {cover} is closed
someone is at the {cover}
the temperature in the {room} is {tenths} degrees
the temperature in the {room} is {degrees} degrees
it is {tenths} degrees in the {room}
{greeting} today will be {weather}
{greeting} it is {time} and {degrees} degrees
tomorrow will be {weather} and {weather}
it is {time}
the time is {time}
your timer for {n} minutes has finished
there is {alert} in the {room}
warning there is {alert} in the {room}
{person} is home
{person} is at the {cover}
{person} is calling
dinner will be ready in {n} minutes
the {switch} in the {room} is still on
""".strip().splitlines()

FIXED = """
stop
yes
no
cancel
pause
next song
volume up
volume down
thank you
help
good night
good morning
good evening
hello
i am home
i am leaving
welcome home
what time is it
what day is it
cancel the timer
stop the alarm
pause the music
stop the music
turn everything off
turn off all the lights
turn on all the lights
good night turn off all the lights
where is my phone
who is at the door
who is at the front door
dinner is ready
breakfast is ready
lunch is ready
the washing machine has finished
the dishwasher has finished
the front door is open
the garage door is still open
someone is at the door
someone is at the front door
there is someone at the door
the package has arrived
it is raining
it is time to go to bed
all windows are closed
a window is open and it is raining
good morning today will be sunny
this is a test
can you hear me
""".strip().splitlines()
