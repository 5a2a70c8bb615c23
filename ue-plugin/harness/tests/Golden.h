// What must arrive in Unreal, worked out here from the wire and from documents, not by the core.
#pragma once

#include "Harness.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

namespace Golden
{
	inline FQuat Times(const FQuat& A, const FQuat& B)
	{
		return FQuat(
			A.W * B.X + A.X * B.W + A.Y * B.Z - A.Z * B.Y,
			A.W * B.Y - A.X * B.Z + A.Y * B.W + A.Z * B.X,
			A.W * B.Z + A.X * B.Y - A.Y * B.X + A.Z * B.W,
			A.W * B.W - A.X * B.X - A.Y * B.Y - A.Z * B.Z);
	}

	/// Unreal's rotator: yaw about up, then pitch, then roll, each about its axis; degrees.
	inline FQuat FromRotator(double Pitch, double Yaw, double Roll)
	{
		const auto Half = [](double Degrees) { return Degrees * std::acos(-1.0) / 360.0; };
		const FQuat AboutUp(0, 0, std::sin(Half(Yaw)), std::cos(Half(Yaw)));
		const FQuat AboutRight(0, -std::sin(Half(Pitch)), 0, std::cos(Half(Pitch)));
		const FQuat AboutForward(-std::sin(Half(Roll)), 0, 0, std::cos(Half(Roll)));
		return Times(AboutUp, Times(AboutRight, AboutForward));
	}

	/// A pose as trackers say it: metres, right-handed, X right, Y forward, Z up; pan left positive, degrees.
	inline FTransform FromStage(double X, double Y, double Z, double Pan, double Tilt, double Roll)
	{
		return FTransform(FromRotator(Tilt, -Pan, Roll), FVector(Y * 100.0, X * 100.0, Z * 100.0));
	}

	/// Inner, said in the frame of Outer.
	inline FTransform Chain(const FTransform& Outer, const FTransform& Inner)
	{
		const FQuat R = Outer.GetRotation();
		const FVector V = Inner.GetTranslation();
		const FQuat Turned = Times(Times(R, FQuat(V.X, V.Y, V.Z, 0)), FQuat(-R.X, -R.Y, -R.Z, R.W));
		const FVector T = Outer.GetTranslation();
		return FTransform(Times(R, Inner.GetRotation()), FVector(T.X + Turned.X, T.Y + Turned.Y, T.Z + Turned.Z));
	}

	inline void Expect(const FTransform& Got, const FTransform& Wanted, double Centimetres, double Turn)
	{
		const FVector A = Got.GetTranslation(), B = Wanted.GetTranslation();
		EXPECT_NEAR(A.X, B.X, Centimetres);
		EXPECT_NEAR(A.Y, B.Y, Centimetres);
		EXPECT_NEAR(A.Z, B.Z, Centimetres);
		const FQuat P = Got.GetRotation(), Q = Wanted.GetRotation();
		// The same rotation may have either sign.
		const double Same = P.X * Q.X + P.Y * Q.Y + P.Z * Q.Z + P.W * Q.W < 0 ? -1.0 : 1.0;
		EXPECT_NEAR(P.X, Same * Q.X, Turn);
		EXPECT_NEAR(P.Y, Same * Q.Y, Turn);
		EXPECT_NEAR(P.Z, Same * Q.Z, Turn);
		EXPECT_NEAR(P.W, Same * Q.W, Turn);
	}

	/// The maker's own reading of the recorded F4 motion, packet by packet: the columns of the table, as text.
	inline std::vector<std::vector<std::string>> F4()
	{
		std::ifstream Table(std::string(TEST_DATA) + "/mosys_f4/dev_first600.golden.csv");
		std::vector<std::vector<std::string>> Rows;
		std::string Line;
		std::getline(Table, Line);
		while (std::getline(Table, Line))
		{
			Rows.emplace_back();
			std::stringstream Row(Line);
			for (std::string Cell; std::getline(Row, Cell, ',');)
			{
				Rows.back().push_back(Cell);
			}
		}
		EXPECT(Rows.size() == 600);
		return Rows;
	}

	/// Where the camera of such a row stands: x, y, h in cm; pan, tilt, roll.
	inline FTransform FromF4(const std::vector<std::string>& Row)
	{
		const auto Number = [&](std::size_t Column) { return std::strtod(Row[Column].c_str(), nullptr); };
		return FromStage(Number(14) / 100, Number(15) / 100, Number(16) / 100, Number(17), Number(18), Number(19));
	}

	/// What an F4 packet says.
	struct FF4
	{
		FTransform Pose;
		/// Of a picture 1920 pixels wide: focal length, and the centre's way to the right and down.
		double Focal = 0.0, CentreX = 0.0, CentreY = 0.0;
		double K1 = 0.0, K2 = 0.0;
		/// One over metres.
		double InverseFocus = 0.0;
		/// Frames since midnight at 25.
		int32 Timecode = 0;
	};

	/// F4: four bytes, of which the third counts blocks of a number and four bytes each: thousandths of a degree or a centimetre in the
	/// lower 24 bits, or a float, the greatest byte first.
	inline FF4 FromF4Packet(const std::string& Packet)
	{
		FF4 Read;
		double Pan = 0.0, Tilt = 0.0, Roll = 0.0, X = 0.0, Y = 0.0, Height = 0.0;
		const std::size_t Blocks = static_cast<unsigned char>(Packet[2]);
		EXPECT(Packet.size() == 4 + 5 * Blocks + 1);
		for (std::size_t At = 4; At + 1 < Packet.size(); At += 5)
		{
			uint32 Bits = 0;
			for (std::size_t Byte = 1; Byte < 5; ++Byte)
			{
				Bits = Bits << 8 | static_cast<unsigned char>(Packet[At + Byte]);
			}
			float Float = 0.0f;
			std::memcpy(&Float, &Bits, sizeof(Float));
			const double Number = Float, Thousandths = static_cast<double>(static_cast<int32>(Bits << 8) >> 8) / 1000.0;
			switch (static_cast<unsigned char>(Packet[At]))
			{
			case 0x01: Pan = Thousandths; break;
			case 0x02: Tilt = Thousandths; break;
			case 0x13: Roll = Thousandths; break;
			case 0x05: X = Thousandths; break;
			case 0x06: Y = Thousandths; break;
			case 0x07: Height = Thousandths; break;
			case 0x51: Read.K1 = Number; break;
			case 0x52: Read.K2 = Number; break;
			case 0x53: Read.Focal = Number; break;
			case 0x54: Read.CentreX = Number; break;
			case 0x55: Read.CentreY = Number; break;
			case 0x57: Read.InverseFocus = Number; break;
			case 0xF8:
				// Hours, minutes, seconds and frames, six bits each.
				Read.Timecode = static_cast<int32>(((((Bits >> 18 & 63) * 60 + (Bits >> 12 & 63)) * 60 + (Bits >> 6 & 63)) * 25) + (Bits & 63));
				break;
			default: break;
			}
		}
		Read.Pose = FromStage(X / 100, Y / 100, Height / 100, Pan, Tilt, Roll);
		return Read;
	}

	/// A value that Live Link holds as a float, to its last bit.
	inline void ExpectFloat(float Got, double Wanted)
	{
		EXPECT_NEAR(Got, Wanted, 1.2e-7 * std::abs(Wanted));
	}

	/// FreeD D1: three 24-bit angles in 1/32768 degree (pan right positive), three positions in 1/64 mm.
	inline FTransform FromFreeD(const std::string& Packet)
	{
		const auto Number = [&](std::size_t At) {
			uint32 Bits = 0;
			for (std::size_t Byte = 0; Byte < 3; ++Byte)
			{
				Bits = Bits << 8 | static_cast<unsigned char>(Packet[At + Byte]);
			}
			return static_cast<double>(static_cast<int32>(Bits << 8) >> 8);
		};
		const double Pan = Number(2) / 32768.0, Tilt = Number(5) / 32768.0, Roll = Number(8) / 32768.0;
		return FromStage(Number(11) / 64000.0, Number(14) / 64000.0, Number(17) / 64000.0, -Pan, Tilt, Roll);
	}

	/// PosiStageNet: chunks of a number and a size of 15 bits with data or chunks in them; a tracker's first is where it is,
	/// its third how it is turned: an axis whose length is the angle. X right, Y up, Z forward. By the tracker's number.
	inline std::map<int, FTransform> FromPsn(const std::string& Bytes)
	{
		struct FChunk
		{
			int Id;
			std::string Data;
		};
		const auto Split = [](const std::string& In) {
			std::vector<FChunk> Found;
			for (std::size_t At = 0; At + 4 <= In.size();)
			{
				const auto Byte = [&](std::size_t Place) { return static_cast<unsigned char>(In[At + Place]); };
				const std::size_t Size = (static_cast<std::size_t>(Byte(3)) << 8 | Byte(2)) & 0x7FFF;
				Found.push_back({Byte(1) << 8 | Byte(0), In.substr(At + 4, Size)});
				At += 4 + Size;
			}
			return Found;
		};
		const auto Floats = [](const std::string& In) {
			float Read[3];
			EXPECT(In.size() == sizeof(Read));
			std::memcpy(Read, In.data(), sizeof(Read));
			// Z forward is Unreal's X, X right its Y, Y up its Z.
			return FVector(Read[2], Read[0], Read[1]);
		};
		std::map<int, FTransform> Trackers;
		for (const FChunk& List : Split(Split(Bytes)[0].Data))
		{
			for (const FChunk& Tracker : List.Id == 1 ? Split(List.Data) : std::vector<FChunk>())
			{
				FVector At(0, 0, 0);
				FQuat Turn(0, 0, 0, 1);
				for (const FChunk& Field : Split(Tracker.Data))
				{
					if (Field.Id == 0)
					{
						const FVector Metres = Floats(Field.Data);
						At = FVector(Metres.X * 100, Metres.Y * 100, Metres.Z * 100);
					}
					else if (Field.Id == 2)
					{
						const FVector Axis = Floats(Field.Data);
						const double Angle = std::sqrt(Axis.X * Axis.X + Axis.Y * Axis.Y + Axis.Z * Axis.Z);
						const double Sine = Angle > 0 ? std::sin(Angle / 2) / Angle : 0.0;
						Turn = FQuat(Axis.X * Sine, Axis.Y * Sine, Axis.Z * Sine, std::cos(Angle / 2));
					}
				}
				Trackers.emplace(Tracker.Id, FTransform(Turn, At));
			}
		}
		return Trackers;
	}
}
