// A source in the engine's hands: modules loaded, client attached, port open.
#pragma once

#include "CycloramaCore.h"
#include "CycloramaLiveLinkSource.h"
#include "CycloramaLiveLinkSourceFactory.h"
#include "Harness.h"
#include "Shim/LiveLink.h"

struct FStage
{
	explicit FStage(const TCHAR* Connection)
	{
		FModuleManager::Get().LoadModule(FName(TEXT("CycloramaCore")));
		FModuleManager::Get().LoadModule(FName(TEXT("CycloramaLiveLink")));
		Made = NewObject<UCycloramaLiveLinkSourceFactory>()->CreateSource(FString(Connection));
		EXPECT(Made.IsValid());
		Made->ReceiveClient(&Client, FGuid(1, 2, 3, 4));
		Port = static_cast<FCycloramaLiveLinkSource*>(Made.Get())->Port();
	}
	~FStage()
	{
		if (Made.IsValid())
		{
			EXPECT(Made->RequestSourceShutdown());
			Client.Close();
			Made.Reset();
		}
		FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaLiveLink")));
		FModuleManager::Get().UnloadModule(FName(TEXT("CycloramaCore")));
	}
	/// Sends one datagram and gives the frame it became.
	Shim::FClient::FFrame Frame(const std::string& Bytes)
	{
		const auto Before = static_cast<int32>(Client.Frames().size());
		Harness::Send(Port, Bytes);
		EXPECT(Client.WaitForFrames(Before + 1, 5.0));
		return Client.Frames().back();
	}

	Shim::FClient Client;
	TSharedPtr<ILiveLinkSource> Made;
	uint16 Port = 0;
};
