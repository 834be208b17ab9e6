// The first half of every kernel: GET PROCESSING OPTIONS, READ RECORDs, the data's sizes. One
// object for one transaction.
#pragma once
#include <span>

#include "libs/emv/kernel/kernel.h"

namespace plaza::emv {

// The PDOL in the FCI of a SELECT (6F, A5, 9F38), if there is one. BAD_TLV.
Result<std::optional<ByteView>> FindPdol(ByteView fci);

// What a card's refusal of GET PROCESSING OPTIONS means (Books C-3, C-4 and C-7; kernel 2 has a
// rule of its own). None: the end.
std::optional<KernelVerdict> HandBackOf(std::uint16_t sw);

Error CardError(const std::string& what, std::string where = {});
// A parse error of the card's own data is the card's fault; its offset stays.
Error AsCardError(const Error& error, const char* step);

class Reading {
 public:
  // `kernel`: whose meanings the tags have.
  Reading(CardChannel& channel, const KernelInput& input, std::uint8_t kernel);

  // The status words; if they are 9000, what the card answered is in out.data. CARD_REMOVED,
  // CARD_ERROR.
  Result<std::uint16_t> GetOptions();
  // By the AFL; none is no error. CARD_REMOVED, CARD_ERROR.
  Result<void> ReadRecords();
  // CARD_ERROR if one of `mandatory` is missing, or an element that the gate uses or keeps has a
  // length that the dictionary does not know.
  Result<void> CheckElements(std::span<const Tag> mandatory) const;
  // Whether 5A and 57, where both are there, name one card. CARD_ERROR if one is malformed.
  Result<bool> PanIsConsistent() const;

  // A template of `tag` alone in `data`: its content. CARD_ERROR.
  static Result<ByteView> OnlyTemplate(ByteView data, Tag tag, const char* step);
  // Adds all objects of `objects` to out.data; a tag that is there already is CARD_ERROR (Book 3,
  // 10.2).
  Result<void> TakeObjects(ByteView objects, Source source, const char* step);

  CardChannel& channel() { return channel_; }
  ByteView pdol_data() const { return pdol_data_; }

  KernelOutcome out;

 private:
  Result<void> BuildPdolData();
  Result<void> TakeFormat1(ByteView value);
  Result<void> ReadOne(std::uint8_t sfi, std::uint8_t number, bool authenticated);

  CardChannel& channel_;
  const KernelInput& input_;
  std::uint8_t kernel_;
  Bytes pdol_data_;
};

}  // namespace plaza::emv
