// How people of the simulated city behave: shares in thousandths, and a day's curve. Assumed, but
// for those with a source.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace plaza::citysim {

// Share of Line 4 trips that go on with another line (shared facts, Guadalajara: 22 % [press]); of
// all others.
inline constexpr std::uint32_t kTransfersLine4 = 220;
inline constexpr std::uint32_t kTransfersElsewhere = 90;
// Who transfers does so mostly where it costs half (facts: between Line 4, feeders, Mi Macro
// Periférico and Calzada [press]).
inline constexpr std::array<std::string_view, 4> kTransferNetworks = {
    "mi_tren_l4", "mi_macro_calzada", "mi_macro_periferico", "alimentadoras"};
inline constexpr std::string_view kLine4Network = "mi_tren_l4";
inline constexpr std::uint32_t kTransfersAtHalfPrice = 750;
// A transfer comes within this many minutes: inside the 120 that the tariff allows, by far.
inline constexpr std::uint32_t kTransferMinutesMin = 12;
inline constexpr std::uint32_t kTransferMinutesMax = 50;

inline constexpr std::uint32_t kStudents = 40;
inline constexpr std::uint32_t kPhoneOnly = 200;  // pays with a phone
inline constexpr std::uint32_t kPhoneAndCard =
    100;  // out by card, back by phone: one PAR, one account
inline constexpr std::uint32_t kCardWithPar = 100;  // of plain cards: the PAR is on the chip

// Of riders with a plain card.
inline constexpr std::uint32_t kExpiredCards = 4;
inline constexpr std::uint32_t kNotYetValidCards = 2;
inline constexpr std::uint32_t kForgedCards = 2;
inline constexpr std::uint32_t kFlippedCards = 2;
inline constexpr std::uint32_t kDecliningCards = 2;
inline constexpr std::uint32_t kMismatchedCards = 1;
inline constexpr std::uint32_t kForeignCards = 1;
inline constexpr std::uint32_t kRefusedCountryCards = 1;

// Of taps: the same card again at the same gate within seconds, or at the gate beside it within
// minutes.
inline constexpr std::uint32_t kTapsTwice = 12;
inline constexpr std::uint32_t kTapsBeside = 3;

// Of gates.
inline constexpr std::uint32_t kOfflineForHours = 40;
inline constexpr std::uint32_t kOfflinePastCutOff = 15;
inline constexpr std::uint32_t kOfflineGatesMin = 2;  // of each kind
// Of (gate, window): its upload is sent once more, as if the answer had been lost.
inline constexpr std::uint32_t kUploadsRepeated = 30;

// Departures by hour, in thousandths of trips out and of trips back. Half of each makes the day:
// its peak hour holds 12 % (facts: "12 % of a day in its peak hour" [assumed]).
inline constexpr std::array<std::uint16_t, 24> kOutByHour = {
    0, 0, 0, 0, 15, 55, 180, 236, 170, 90, 55, 45, 40, 30, 25, 20, 15, 10, 6, 4, 2, 2, 0, 0};
inline constexpr std::array<std::uint16_t, 24> kBackByHour = {
    4, 2, 0, 0, 0, 0, 0, 4, 10, 15, 25, 40, 75, 120, 120, 80, 85, 130, 140, 80, 40, 20, 7, 3};
// Trips that more taps than commutes need: shopping, visits, errands.
inline constexpr std::array<std::uint16_t, 24> kOtherByHour = {
    0, 0, 0, 0, 2, 8, 30, 60, 70, 70, 70, 75, 80, 85, 85, 80, 70, 65, 60, 45, 25, 15, 4, 1};
// The morning after, 04:00 to 08:00.
inline constexpr std::array<std::uint16_t, 24> kMorningByHour = {0, 0, 0, 0, 40, 160, 380, 420};

inline constexpr std::uint32_t kMorningShare = 90;  // of all taps, in thousandths

// Gates.
inline constexpr std::uint32_t kGatesPerStation = 2;
inline constexpr std::uint32_t kVehiclesPerLine = 4;
// How much more a line with stations carries than one of buses.
inline constexpr std::uint32_t kGatedLineWeight = 6;
inline constexpr std::uint32_t kBusLineWeight = 1;

}  // namespace plaza::citysim
