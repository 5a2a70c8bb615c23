// Reads OpenTrackIO payloads with Mo-Sys's own library and prints what it understood of each, one JSON object a line:
// the sum of the translations, the last transform's rotation, timecode, warnings, and the sample written again by it.
//
// Standard input: for each payload one letter (J for JSON, C for CBOR), its length as big-endian u32, its bytes.
// Built by scripts/check/opentrackio_interop.py against a checkout that the user has; nothing of it is kept here.
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "opentrackio-cpp/OpenTrackIOSample.h"

int main() {
    char kind;
    while (std::cin.get(kind)) {
        unsigned char size[4];
        if (!std::cin.read(reinterpret_cast<char*>(size), 4)) return 1;
        const uint32_t length = size[0] << 24 | size[1] << 16 | size[2] << 8 | size[3];
        std::vector<uint8_t> bytes(length);
        if (!std::cin.read(reinterpret_cast<char*>(bytes.data()), length)) return 1;
        opentrackio::OpenTrackIOSample sample;
        const bool understood = kind == 'C'
            ? sample.initialise(std::span<const uint8_t>(bytes))
            : sample.initialise(std::string_view(reinterpret_cast<const char*>(bytes.data()), length));
        nlohmann::json out;
        out["understood"] = understood;
        out["errors"] = sample.getErrors();
        out["warnings"] = sample.getWarnings();
        if (sample.transforms && !sample.transforms->transforms.empty()) {
            const auto& last = sample.transforms->transforms.back();
            out["translation"] = {last.translation.x, last.translation.y, last.translation.z};
            out["rotation"] = {last.rotation.pan, last.rotation.tilt, last.rotation.roll};
        }
        if (sample.timing && sample.timing->timecode) {
            const auto& at = *sample.timing->timecode;
            out["timecode"] = {at.hours, at.minutes, at.seconds, at.frames};
        }
        out["again"] = sample.getJson();
        std::cout << out.dump() << "\n";
    }
    return 0;
}
