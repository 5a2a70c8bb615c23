// One tracker connection as a Live Link source: every subject of its port, with the lens role.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaSubjects.h"
#include "CycloramaTracking.h"
#include "HAL/Runnable.h"
#include "HAL/RunnableThread.h"
#include "ILiveLinkSource.h"

#include <atomic>

class FCycloramaLiveLinkSource : public ILiveLinkSource, private FRunnable
{
public:
	/// Connection as in docs/unreal.md. The port is opened when Live Link takes the source.
	explicit FCycloramaLiveLinkSource(const FString& InConnection);
	~FCycloramaLiveLinkSource() override;

	void ReceiveClient(ILiveLinkClient* InClient, FGuid InSourceGuid) override;
	bool IsSourceStillValid() const override;
	bool RequestSourceShutdown() override;
	FText GetSourceType() const override;
	FText GetSourceMachineName() const override;
	FText GetSourceStatus() const override;

	/// The port that is listened on, 0 for none.
	uint16 Port() const;

private:
	// The thread that waits for samples.
	uint32 Run() override;
	void Stop() override { bStopping = true; }

	const FString& NameOf(int32 Subject);
	void End();

	FString Connection;
	TSharedPtr<FCycloramaTracking> Session;
	TUniquePtr<FCycloramaFeed> Feed;
	FCycloramaSubjects Subjects;
	TMap<int32, FString> Names;
	TUniquePtr<FRunnableThread> Thread;
	std::atomic<bool> bStopping{false};
};
