"""What is said at home, in English: commands, questions, and what the house announces."""

from __future__ import annotations

ROOM = (
    "kitchen,bedroom,living room,bathroom,hallway,garage,office,dining room,garden,basement,"
    "attic,nursery,laundry room,guest room,porch,terrace"
)
SWITCH = (
    "light,lights,lamp,fan,heater,television,radio,coffee machine,washing machine,dishwasher,"
    "speaker,printer,oven,alarm,thermostat,vacuum,sprinkler,camera,fireplace,air conditioning,"
    "heating,computer,dryer,humidifier,kettle,projector,ceiling light,floor lamp"
)
COVER = "door,window,blinds,curtains,shutters,gate,garage door,front door,back door,skylight"
APPLIANCE = "washing machine,dishwasher,dryer,oven,coffee machine,vacuum,kettle,rice cooker"
COLOUR = "red,green,blue,white,yellow,orange,purple,pink,warm white,cold white"
PERSON = "mom,dad,anna,peter,the doctor,grandma,the children,maria,david,the neighbours,my sister"
FOOD = (
    "milk,eggs,bread,butter,coffee,apples,tomatoes,cheese,rice,sugar,bananas,toilet paper,soap,"
    "onions,pasta,orange juice,potatoes,chicken,salt,flour"
)
TASK = (
    "water the plants,feed the cat,feed the dog,take out the trash,call the doctor,pay the rent,"
    "walk the dog,buy milk,take my medicine,check the oven,lock the door,pick up the children"
)
WEATHER = "sunny,cloudy,rainy,windy,foggy,cold,warm,hot,stormy,snowy"
DAY = "today,tomorrow,monday,tuesday,wednesday,thursday,friday,saturday,sunday,tonight,this evening"
MONTH = "january,february,march,april,may,june,july,august,september,october,november,december"
MUSIC = "jazz,rock,classical music,the news,my playlist,some music,pop music,relaxing music"
SCENE = "movie,dinner,night,reading,party,morning,holiday,cleaning,sleep,work"
ALERT = "smoke,water,movement,carbon monoxide,a leak,an open window,a person"
UNIT = "seconds,minutes,hours"
GREETING = "good morning,good evening,good afternoon,hello,welcome home"
BATTERY = "front door,motion sensor,smoke alarm,remote,doorbell,phone,window sensor,thermostat"

LISTS = {
    name.lower(): tuple(text.split(","))
    for name, text in {
        "room": ROOM, "switch": SWITCH, "cover": COVER, "appliance": APPLIANCE,
        "colour": COLOUR, "person": PERSON, "food": FOOD, "task": TASK, "weather": WEATHER,
        "day": DAY, "month": MONTH, "music": MUSIC, "scene": SCENE, "alert": ALERT,
        "unit": UNIT, "greeting": GREETING, "battery": BATTERY,
    }.items()
}  # fmt: skip

TEMPLATES = """
turn on the {room} {switch}
turn off the {room} {switch}
turn the {switch} on
turn the {switch} off in the {room}
switch on the {switch} in the {room}
switch off the {switch}
please turn the {room} {switch} off
could you turn on the {switch} in the {room}
turn off all the lights in the {room}
set the {switch} to {percent} percent
set the {room} thermostat to {degrees} degrees
set the temperature in the {room} to {degrees} degrees
set the heating to {tenths} degrees
dim the {room} lights to {percent} percent
brighten the {room} {switch}
make the {room} lights {colour}
set the {room} light to {colour}
open the {room} {cover}
close the {room} {cover}
open the {cover}
close the {cover} please
lock the {cover}
unlock the {cover}
is the {cover} open
is the {cover} in the {room} closed
is the {switch} on in the {room}
what is the temperature in the {room}
how warm is it in the {room}
what is the humidity in the {room}
what is the weather {day}
will it be {weather} {day}
set a timer for {n} {unit}
set a timer for {n} minutes and {n} seconds
set an alarm for {time}
wake me up at {time} {day}
remind me to {task} at {time}
remind me to {task} {day}
add {food} to the shopping list
add {few} {food} to the shopping list
remove {food} from the shopping list
play {music} in the {room}
play {music}
set the volume to {percent} percent
turn the volume down in the {room}
start the {appliance}
start the {appliance} in the {room}
stop the {appliance}
how long is left on the {appliance}
run the {switch} for {n} minutes
call {person}
tell {person} that dinner is ready
send a message to {person}
where is {person}
activate {scene} mode
start the {scene} scene in the {room}
the {switch} in the {room} is too loud
it is too {weather} in the {room}
what is {n} plus {n}
what is {n} times {n}
count from {n} to {n}
the code is {digit} {digit} {digit} {digit}
how many days until the {n} of {month}
what happens on {day} the {n} of {month}
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
the humidity in the {room} is {percent} percent
{greeting} today will be {weather}
{greeting} it is {time} and {degrees} degrees outside
today will be {weather} with a high of {degrees} degrees
tomorrow will be {weather} and {weather}
it is {time}
the time is {time}
your timer for {n} minutes is done
there is {alert} in the {room}
warning {alert} detected in the {room}
the battery of the {battery} is at {percent} percent
the battery of the {battery} is low
{person} is home
{person} has arrived at the {cover}
{person} is calling
dinner will be ready in {n} minutes
the power consumption is {large} watts
the solar panels produce {large} watts
the next bus leaves in {n} minutes
your package will arrive {day} at {time}
do not forget to {task}
the {switch} in the {room} has been turned off
the light in the {room} is still on
the price is {large} euros
""".strip().splitlines()

FIXED = """
stop
yes
no
cancel
pause
continue
next song
previous song
volume up
volume down
louder
quieter
thank you
thank you very much
never mind
help
good night
good morning
good evening
hello
goodbye
i am home
i am leaving
we are leaving
welcome home
what time is it
what day is it
what is the date today
cancel the timer
stop the alarm
snooze
pause the music
stop the music
turn everything off
turn off all the lights
turn on all the lights
good night turn off all the lights
arm the alarm
disarm the alarm
where is my phone
find my keys
who is at the door
who is at the front door
tell me a joke
tell me a story
what can you do
repeat that please
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
the doorbell is ringing
the mail has arrived
the package has arrived
the water is boiling
it is raining
it is snowing
it is time to go to bed
it is time to leave
the bath is ready
movement in the garden
the alarm is armed
the house is empty
all windows are closed
a window is open and it is raining
good morning today will be sunny
the test is working
this is a test
can you hear me
the kitchen is ready
""".strip().splitlines()
